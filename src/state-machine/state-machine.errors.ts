/** What can go wrong with a move. */
import { ExchangeError } from '../errors';
import { TRANSITIONS, type ConnectionState } from './connection-state';

/** Thrown when the table has no such move. The machine stays where it is. */
export class IllegalTransitionError extends ExchangeError {
  readonly code = 'ILLEGAL_TRANSITION';

  constructor(
    readonly from: ConnectionState,
    readonly to: ConnectionState,
  ) {
    super(`Cannot go from ${from} to ${to}; allowed: ${TRANSITIONS[from].join(', ')}.`);
  }

  override get details() {
    return { from: this.from, to: this.to, allowed: TRANSITIONS[this.from] };
  }
}

/** Thrown when there is nothing to pause, or nothing to resume. */
export class IllegalPauseError extends ExchangeError {
  readonly code = 'ILLEGAL_TRANSITION';

  constructor(
    readonly requested: 'pause' | 'resume',
    readonly state: ConnectionState,
    readonly isPaused: boolean,
  ) {
    super(
      `Cannot ${requested} while ${state}${isPaused ? ' and paused' : ''}; only an active instance can be paused and resumed.`,
    );
  }

  override get details() {
    return { requested: this.requested, state: this.state, isPaused: this.isPaused };
  }
}

/**
 * Thrown to whoever waited for a step towards work that was overtaken by a step away from it (a stop, a lost lease).
 * The overtaken step counts as taken, because the store may have it; no work was done in it.
 */
export class TransitionSupersededError extends ExchangeError {
  readonly code = 'TRANSITION_SUPERSEDED';

  constructor(
    readonly waitedFor: ConnectionState,
    readonly wentTo: ConnectionState,
  ) {
    super(`The step to ${waitedFor} was overtaken by a step to ${wentTo}.`);
  }

  override get details() {
    return { waitedFor: this.waitedFor, wentTo: this.wentTo };
  }
}
