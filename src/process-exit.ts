/**
 * Port: asking for the end of this process, in order and with a code that tells a supervisor what to do.
 *
 * Decides who may ask and what the codes mean. How the end comes about is main.ts's matter.
 */

/** Exit codes of the API; those above 0 are taken from sysexits.h. */
export const ExitCode = {
  /** Stopped as asked. */
  Stopped: 0,
  /** A flag, a setting or the catalogue is wrong: starting again changes nothing. */
  BadSetting: 64,
  /** Redis, or the address to listen on, cannot be had at the moment. */
  Unavailable: 69,
  /** An error nobody expected, or a stop that did not come to an end. */
  Fatal: 70,
  /** Another instance holds the exchange. */
  ExchangeTaken: 75,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export interface ProcessExit {
  /** Aborted, with the cause as its reason, as soon as the end of the process has been asked for. */
  readonly signal: AbortSignal;
  /**
   * Asks for the orderly end: every shutdown hook runs, then the process exits with this code. The first request
   * decides; a later one only turns a stop as asked into a fatal one. Returns at once, never throws.
   */
  request(exitCode: ExitCode, cause: Error): void;
}

export const PROCESS_EXIT = Symbol('PROCESS_EXIT');

/** The end as a fact to wait for: main.ts waits, the process ends. */
export class RequestedExit implements ProcessExit {
  readonly #controller = new AbortController();
  #exitCode: ExitCode | null = null;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** `null` while nobody has asked. */
  get exitCode(): ExitCode | null {
    return this.#exitCode;
  }

  request(exitCode: ExitCode, cause: Error): void {
    if (this.#exitCode === ExitCode.Stopped && exitCode === ExitCode.Fatal) this.#exitCode = exitCode;
    if (this.#exitCode !== null) return;
    this.#exitCode = exitCode;
    this.#controller.abort(cause);
  }
}
