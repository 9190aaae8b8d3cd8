import { ERROR_CODES, ExchangeError } from '../errors';

/**
 * True for an error that says how things stand: the exchange, the claim or the state has no room for the command, or another one came
 * before it. The same errors are answered with 404 and 409; after any other the command has failed.
 */
export function isRefusal(error: unknown): boolean {
  return error instanceof ExchangeError && [404, 409].includes(ERROR_CODES[error.code]);
}
