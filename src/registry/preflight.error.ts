import { ExchangeError } from '../errors';

/** Thrown at start when Redis cannot be reached or does not fit; carries every problem found. */
export class PreflightFailedError extends ExchangeError {
  readonly code = 'PREFLIGHT_FAILED';

  constructor(
    readonly problems: readonly string[],
    options?: ErrorOptions,
  ) {
    super(`Redis cannot be used: ${problems.join('; ')}`, options);
  }

  override get details() {
    return { problems: this.problems };
  }
}
