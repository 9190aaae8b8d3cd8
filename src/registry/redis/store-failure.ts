/**
 * The boundary that no error of the client crosses: each becomes a `StoreUnavailableError`.
 *
 * The client's own errors carry the command that failed with its arguments, an AUTH with its password included;
 * so the `cause` is a copy of name and message alone.
 */
import { messageOf } from '../../errors';
import type { Unknown } from '../lease-store';
import { StoreUnavailableError } from '../registry.errors';

/** Replies that are not understood; `detail` says what was expected. */
export class UnexpectedReplyError extends Error {
  constructor(detail: string) {
    super(`unexpected reply: ${detail}`);
    this.name = 'UnexpectedReplyError';
  }
}

export function storeUnavailable(operation: string, thrown: unknown): StoreUnavailableError {
  const reason = withoutCredentials(messageOf(thrown)) || 'the connection failed';
  const cause = new Error(reason);
  cause.name = thrown instanceof Error ? thrown.name : 'Error';
  return new StoreUnavailableError(operation, reason, { cause });
}

export function unknownOutcome(operation: string, thrown: unknown): Unknown {
  return { outcome: 'unknown', error: storeUnavailable(operation, thrown) };
}

/** Cuts user and password out of every address in a text. */
export function withoutCredentials(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*@/gi, '$1***@');
}
