/**
 * The state machine as a function: a snapshot and an event in, a snapshot and effects out.
 *
 * Decides which moves and which pauses are allowed, and whether a move counts only after it was confirmed or at
 * once. Does nothing by itself: effects are data for whoever runs the machine.
 */
import { canPause, canResume, canTransition } from './guards';
import { isTowardsWork, type ConnectionState } from './connection-state';
import { IllegalPauseError, IllegalTransitionError } from './state-machine.errors';

/** How many transitions the history keeps. */
export const HISTORY_LENGTH = 50;

/** Who asked for something, and why. */
export interface Initiator {
  readonly actor: string;
  readonly cause: string;
}

/** One move, as it is kept in the history and written to the activity log. */
export interface Transition extends Initiator {
  readonly from: ConnectionState;
  readonly to: ConnectionState;
  /** ISO 8601 UTC. */
  readonly at: string;
  /** The failure that made this move necessary, `null` for an ordinary one. */
  readonly error: string | null;
}

export interface Snapshot {
  readonly state: ConnectionState;
  /** When the state was entered; ISO 8601 UTC, `null` before the first move. */
  readonly changedAt: string | null;
  /** When `starting` was last entered; `null` while idle. */
  readonly startedAt: string | null;
  /** When `active` was entered; `null` unless it was since the last `starting`. */
  readonly connectedAt: string | null;
  /** Not a state: the claim and the state are kept, the workload rests. */
  readonly isPaused: boolean;
  /** The failure that ended the last run; cleared by the next `starting`. */
  readonly failure: { readonly message: string; readonly at: string } | null;
  /** The last moves, oldest first. */
  readonly history: readonly Transition[];
}

export type MachineEvent =
  | (Initiator & {
      readonly type: 'move';
      readonly to: ConnectionState;
      readonly at: string;
      readonly error?: string | null;
    })
  | { readonly type: 'pause' }
  | { readonly type: 'resume' };

export type Effect =
  /** Towards work: the new snapshot may be used only after the store confirmed this move. */
  | { readonly type: 'confirm'; readonly transition: Transition }
  /** Away from work: the new snapshot counts now; the move is recorded when the store takes it. */
  | { readonly type: 'record'; readonly transition: Transition }
  | { readonly type: 'pause-changed'; readonly isPaused: boolean };

export interface Step {
  readonly snapshot: Snapshot;
  readonly effects: readonly Effect[];
}

export const INITIAL_SNAPSHOT: Snapshot = Object.freeze({
  state: 'idle',
  changedAt: null,
  startedAt: null,
  connectedAt: null,
  isPaused: false,
  failure: null,
  history: Object.freeze([]),
});

/** The next snapshot. Throws `IllegalTransitionError` or `IllegalPauseError`; never changes its argument. */
export function transition(snapshot: Snapshot, event: MachineEvent): Step {
  switch (event.type) {
    case 'move':
      return move(snapshot, event);
    case 'pause':
      if (!canPause(snapshot)) throw new IllegalPauseError(event.type, snapshot.state, snapshot.isPaused);
      return paused(snapshot, true);
    case 'resume':
      if (!canResume(snapshot)) throw new IllegalPauseError(event.type, snapshot.state, snapshot.isPaused);
      return paused(snapshot, false);
  }
}

function move(snapshot: Snapshot, event: Extract<MachineEvent, { type: 'move' }>): Step {
  if (!canTransition(snapshot.state, event.to)) throw new IllegalTransitionError(snapshot.state, event.to);
  const { to, at, actor, cause, error = null } = event;
  const made: Transition = { from: snapshot.state, to, at, actor, cause, error };
  const failure = error === null ? snapshot.failure : { message: error, at };
  return {
    snapshot: {
      state: to,
      changedAt: at,
      startedAt: to === 'starting' ? at : to === 'idle' ? null : snapshot.startedAt,
      connectedAt: to === 'active' ? at : to === 'starting' || to === 'idle' ? null : snapshot.connectedAt,
      isPaused: to === 'active' || to === 'stopping' ? snapshot.isPaused : false,
      failure: to === 'starting' ? null : failure,
      history: [...snapshot.history, made].slice(-HISTORY_LENGTH),
    },
    effects: [{ type: isTowardsWork(to) ? 'confirm' : 'record', transition: made }],
  };
}

function paused(snapshot: Snapshot, isPaused: boolean): Step {
  return { snapshot: { ...snapshot, isPaused }, effects: [{ type: 'pause-changed', isPaused }] };
}
