import { ERROR_CODES, ExchangeError } from '../errors';

/** True for a command that was not tried because of the state things are in; anything else has failed. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ExchangeError && [404, 409].includes(ERROR_CODES[error.code]);
}
