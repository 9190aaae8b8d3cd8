/** Port: reading the activity log of an exchange, backwards by page and forwards as it grows. */
import type { ActivityEntry } from './activity';

export interface ActivityPage {
  /** Newest first. */
  readonly entries: readonly ActivityEntry[];
  /** Give it as `cursor` for the next, older page; `null` at the end. */
  readonly nextCursor: string | null;
}

export interface ActivityPageRequest {
  /** Entries wanted, 1 to 1000. */
  readonly count: number;
  /** Only entries older than this id; `null` starts at the newest. */
  readonly cursor: string | null;
}

export interface ActivityLog {
  /** Rejects with code `STORE_UNAVAILABLE` when the store does not answer. Entries that are not ours are skipped. */
  page(exchangeId: number, request: ActivityPageRequest): Promise<ActivityPage>;
  /** The id of the last entry, ours or not, from which on to follow; `0-0` when there is none. Rejects as `page` does. */
  lastId(exchangeId: number): Promise<string>;
  /**
   * Every entry after `afterId` (`'$'`: from now on) as it is appended, until the signal is aborted, which ends the
   * iteration without an error. Survives lost connections: reconnects, and goes on where it was, without loss
   * or repetition. Uses a connection of its own while anybody follows, none otherwise.
   */
  follow(exchangeId: number, afterId: string, signal: AbortSignal): AsyncIterable<ActivityEntry>;
}
