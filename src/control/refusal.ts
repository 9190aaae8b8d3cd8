import { ExchangeError, type ErrorCode } from '../errors';

/** Of an error that says how things stand: the exchange, the claim, or the state has no room for the command. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'EXCHANGE_TAKEN',
  'CLAIM_DEFERRED',
  'CLAIM_ABORTED',
  'STATUS_POISONED',
  'ALREADY_REGISTERED',
  'NOT_REGISTERED',
  'LEASE_LOST',
  'FENCED_OUT',
  'ILLEGAL_TRANSITION',
  'TRANSITION_SUPERSEDED',
  'COMMAND_NOT_ALLOWED',
  'UNKNOWN_EXCHANGE',
  'EXCHANGE_OFFLINE',
  'TOKEN_MISMATCH',
  'NOT_FOUND',
] satisfies ErrorCode[]);

/**
 * True for a command that had no effect, or was overtaken, because of how things stand; anything else has failed. Some were tried:
 * a start whose claim was given up, a move that another one came before.
 */
export function isRefusal(error: unknown): boolean {
  return error instanceof ExchangeError && REFUSALS.has(error.code);
}
