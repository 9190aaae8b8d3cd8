import { ERROR_CODES, ExchangeError, type ErrorCode } from '../errors';
import { isRefusal } from './refusal';

class CodedError extends ExchangeError {
  constructor(readonly code: ErrorCode) {
    super('coded for a test');
  }
}

describe('a command that ends with', () => {
  // The route answers 404 or 409 to what the log calls refused, and nothing else.
  it.each(Object.entries(ERROR_CODES))(
    '%s, which is answered with %i, is refused or has failed',
    (code, status) => {
      expect(isRefusal(new CodedError(code as ErrorCode))).toBe(status === 404 || status === 409);
    },
  );

  it('an error of the work has failed', () => {
    expect(isRefusal(new Error('no code'))).toBe(false);
  });
});
