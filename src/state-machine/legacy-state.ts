/** The view the existing ControlPanel reads: five words instead of six states, and a few facts of the run. */
import type { ErrorCode } from '../errors';
import type { ConnectionState } from './connection-state';
import type { Snapshot } from './transition';

export type LegacyConnectionState = 'idle' | 'connecting' | 'connected' | 'disconnected' | 'error';

/** What keeps an instance from working although it was asked to. */
export interface Waiting {
  /** Of the error that made it wait; match on it. */
  readonly code: ErrorCode;
  /** The same for a person. */
  readonly message: string;
  /** When it tries again at the latest, ISO 8601 UTC. */
  readonly until: string;
}

/** Facts that the state machine does not have by itself. */
export interface RuntimeFacts {
  /** Waiting because it was started as a standby. One that waits for anything else is `idle`. */
  readonly isStandby: boolean;
  /** What it waits for, as a standby or not; nothing when absent. */
  readonly waiting?: Waiting | null;
  readonly exchangeConnected: boolean;
  /** Messages waiting in the workload. */
  readonly queueDepth: number;
  readonly startup: object | null;
}

export interface RuntimeState {
  readonly isPaused: boolean;
  readonly mode: 'idle' | 'standby' | 'running' | 'paused';
  /** When `starting` was entered, ISO 8601 UTC; `null` while idle. */
  readonly startTime: string | null;
  readonly exchangeConnected: boolean;
  readonly connectionState: LegacyConnectionState;
  /** Why the last run failed; `null` when it did not. */
  readonly connectionError: string | null;
  readonly connectionStateChangedAt: string | null;
  readonly queueDepth: number;
  readonly startup: object | null;
}

export const NO_FACTS: RuntimeFacts = Object.freeze({
  isStandby: false,
  exchangeConnected: false,
  queueDepth: 0,
  startup: null,
});

const LEGACY_STATE: Readonly<Record<ConnectionState, LegacyConnectionState>> = {
  idle: 'idle',
  starting: 'connecting',
  warming: 'connecting',
  active: 'connected',
  stopping: 'disconnected',
  stopped: 'disconnected',
};

/** A run that failed is shown as `error` once it has come to rest, until the next start. */
export function toLegacyState(snapshot: Pick<Snapshot, 'state' | 'failure'>): LegacyConnectionState {
  if (snapshot.state === 'idle' && snapshot.failure !== null) return 'error';
  return LEGACY_STATE[snapshot.state];
}

export function toRuntimeState(snapshot: Snapshot, facts: RuntimeFacts): RuntimeState {
  return {
    isPaused: snapshot.isPaused,
    mode: modeOf(snapshot, facts),
    startTime: snapshot.startedAt,
    exchangeConnected: facts.exchangeConnected,
    connectionState: toLegacyState(snapshot),
    connectionError: snapshot.failure?.message ?? null,
    connectionStateChangedAt: snapshot.changedAt,
    queueDepth: facts.queueDepth,
    startup: facts.startup,
  };
}

function modeOf(snapshot: Snapshot, facts: RuntimeFacts): RuntimeState['mode'] {
  if (snapshot.isPaused) return 'paused';
  if (snapshot.state !== 'idle') return 'running';
  return facts.isStandby ? 'standby' : 'idle';
}
