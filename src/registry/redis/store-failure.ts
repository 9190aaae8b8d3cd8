/**
 * The boundary that no error of the client crosses: each becomes a `StoreUnavailableError`.
 *
 * The client's own errors carry the command that failed with its arguments, an AUTH with its password included;
 * so the `cause` is a copy of name and message alone.
 */
import { messageOf, withoutCredentials } from '../../errors';
import type { Unknown } from '../lease-store';
import { StoreUnavailableError } from '../registry.errors';

/** Replies that are not understood; `detail` says what was expected. */
export class UnexpectedReplyError extends Error {
  constructor(detail: string) {
    super(`unexpected reply: ${detail}`);
    this.name = 'UnexpectedReplyError';
  }
}

/** What the client's errors mean to the person who runs Redis; their own texts speak of the client's settings. */
const PLAIN_REASONS: readonly (readonly [RegExp, string])[] = [
  [/max retries per request/i, 'the connection broke before there was an answer'],
  [/isn't writeable/i, 'there is no connection'],
  [/WRONGTYPE/, 'somebody else has put a value of another type there (WRONGTYPE); delete it'],
];

function plainReason(message: string): string | undefined {
  return PLAIN_REASONS.find(([pattern]) => pattern.test(message))?.[1];
}

export function storeUnavailable(operation: string, thrown: unknown): StoreUnavailableError {
  if (thrown instanceof StoreUnavailableError) return thrown;
  const message = messageOf(thrown);
  const reason = plainReason(message) ?? (withoutCredentials(message) || 'the connection failed');
  const cause = new Error(reason);
  cause.name = thrown instanceof Error ? thrown.name : 'Error';
  return new StoreUnavailableError(operation, reason, { cause });
}

export function unknownOutcome(operation: string, thrown: unknown): Unknown {
  return { outcome: 'unknown', error: storeUnavailable(operation, thrown) };
}
