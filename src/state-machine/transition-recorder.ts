/** Port: where the state machine makes its moves visible. The registry implements it on the lease. */
import type { ConnectionState } from './connection-state';
import type { Initiator, Snapshot, Transition } from './transition';

export interface TransitionRecorder {
  /** Throws when no step towards work may begin now. Called before the step counts as under way. */
  admit(to: ConnectionState): void;
  /**
   * Publishes a step towards work. Resolves once it is surely recorded under the lease, rejects when it surely is
   * not, and goes on trying while it is not known; the signal tells that nobody waits any more, and that the
   * step is to be recorded as taken.
   */
  confirm(transition: Transition, next: Snapshot, signal: AbortSignal): Promise<void>;
  /** Publishes a step away from work, sooner or later, exactly once, in order. Never throws. */
  record(transition: Transition, next: Snapshot): void;
  /** Publishes that the workload rests or goes on. Never throws. */
  recordPause(next: Snapshot, initiator: Initiator): void;
}

/** Publishes nothing: a state machine on its own. */
export const NO_RECORDER: TransitionRecorder = Object.freeze({
  admit: () => undefined,
  confirm: () => Promise.resolve(),
  record: () => undefined,
  recordPause: () => undefined,
});
