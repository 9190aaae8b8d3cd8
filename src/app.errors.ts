import { ExchangeError, messageOf, type ErrorCode } from './errors';
import { ExitCode } from './process-exit';

/** Thrown when the API cannot listen where it was told to. */
export class AddressUnavailableError extends ExchangeError {
  readonly code = 'ADDRESS_UNAVAILABLE';

  constructor(
    readonly host: string,
    readonly port: number,
    options?: ErrorOptions,
  ) {
    super(
      `Cannot listen on HOST ${host}, PORT ${port}: ${messageOf(options?.cause)}. ` +
        `Stop whatever listens there, or set another PORT (0: any free one).`,
      options,
    );
  }

  override get details() {
    return { host: this.host, port: this.port };
  }
}

const EXIT_CODES: Partial<Record<ErrorCode, ExitCode>> = {
  INVALID_SETTING: ExitCode.BadSetting,
  INVALID_CATALOGUE: ExitCode.BadSetting,
  UNKNOWN_EXCHANGE: ExitCode.BadSetting,
  PREFLIGHT_FAILED: ExitCode.Unavailable,
  STORE_UNAVAILABLE: ExitCode.Unavailable,
  ADDRESS_UNAVAILABLE: ExitCode.Unavailable,
  EXCHANGE_TAKEN: ExitCode.ExchangeTaken,
};

/** What the exit code tells a supervisor about an error that ended the start. */
export function exitCodeOf(error: unknown): ExitCode {
  return (error instanceof ExchangeError ? EXIT_CODES[error.code] : undefined) ?? ExitCode.Fatal;
}
