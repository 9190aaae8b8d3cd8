/** What the rest of a world has to know of how a process runs, whoever lets its time pass. */
import type { Clock } from '../../src/clock';

export interface Running extends Clock {
  readonly isDead: boolean;
  /** Timers not yet fired or cancelled. */
  readonly pendingTimers: number;
  /** Something arrives for this process: a reply, an entry of a stream. */
  deliver(handle: () => void): void;
  /** Nothing that it was about to do happens. */
  kill(): void;
}

/** What lies between one process and the store. */
export interface Network {
  /** False: nothing gets through. */
  readonly isOpen: boolean;
  /**
   * Asks the store. Resolves with the outcome, or rejects with `StoreUnavailableError` when there is none after `limitMs` of
   * the asker's time. `travelMs`: how long the request is on its way, where that is known.
   */
  ask<T>(
    asker: Running,
    operation: string,
    limitMs: number,
    carryOut: () => Promise<T>,
    travelMs?: number,
  ): Promise<T>;
  /** Something comes from the store unasked. While nothing gets through, it is only the next try. */
  later(arrive: () => void): void;
  /** How long a write to somewhere else takes. */
  detourMs(): number;
}
