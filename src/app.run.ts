/**
 * The life of the API: from its settings to its orderly end.
 *
 * The end is asked for in one place (`RequestedExit`): by a signal, a failed start, the runner, or an error nobody
 * caught. The first request decides the exit code, then Nest's shutdown hooks run, within a limit.
 */
import 'reflect-metadata';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Logger } from 'pino';
import { catalogueFor, createApp, readVersion, startApp } from './app.boot';
import { helpFor, loadConfig, type AppConfig } from './app.config';
import { exitCodeOf } from './app.errors';
import { LogContext, rootLogger } from './app.logging';
import { SystemClock, delay, type Clock } from './clock';
import { ExchangeError, messageOf, withoutCredentials } from './errors';
import { ExitCode, type RequestedExit } from './process-exit';
import { compileOptions, type RegistrySettings } from './registry/registry.options';

/** What a run needs of its process. */
export interface ProcessPort {
  print(line: string): void;
  printError(line: string): void;
  /** Calls the listener for every error that nobody caught. */
  onUncaught(listener: (error: unknown) => void): void;
  exitNow(exitCode: ExitCode): void;
}

/** For closing connections, after everything else has had its limits. */
const CLOSING_MS = 4_000;
/**
 * Commands of a Redis that does not answer which an orderly end waits for, one after the other: the last write of the status,
 * three attempts to give the claim back with a rest between them, and twice the activity log.
 */
const LAST_COMMANDS = 7;
/** How long an end waits for a start that is still under way and so holds nothing. */
const STARTING_MS = 1_000;

/** Runs until the end has been asked for and has come. Resolves to the exit code, never rejects. */
export async function runApi(exit: RequestedExit, port: ProcessPort): Promise<ExitCode> {
  const help = helpFor();
  if (help !== null) {
    port.print(help);
    return ExitCode.Stopped;
  }
  try {
    const config = loadConfig();
    await new ApiRun(config, exit, port, new SystemClock()).run();
    return exit.exitCode ?? ExitCode.Fatal;
  } catch (error) {
    port.printError(withoutCredentials(messageOf(error)));
    return exitCodeOf(error);
  }
}

class ApiRun {
  readonly #logContext = new LogContext();
  readonly #logger: Logger;
  #app: NestExpressApplication | null = null;

  constructor(
    private readonly config: AppConfig,
    private readonly exit: RequestedExit,
    private readonly port: ProcessPort,
    private readonly clock: Clock,
  ) {
    this.#logger = rootLogger(config.logLevel, config.secrets, this.#logContext);
  }

  /** Rejects with what is wrong with the catalogue. */
  async run(): Promise<void> {
    const catalogue = catalogueFor(this.config);
    this.port.onUncaught((error) => this.#fail(error, `uncaught error: ${messageOf(error)}`, ExitCode.Fatal));
    const started = this.#start(catalogue).catch((error: unknown) => {
      this.#fail(error, `cannot start: ${messageOf(error)}`, exitCodeOf(error));
    });
    await requested(this.exit);
    this.#logger.info({
      msg: 'ending',
      cause: messageOf(this.exit.signal.reason),
      exitCode: this.exit.exitCode,
    });
    this.#limitEnd();
    const isSettled = await Promise.race([
      started.then(() => true),
      delay(this.clock, STARTING_MS).then(() => false),
    ]);
    if (isSettled) await this.#app?.close();
    this.#logger.info({ msg: 'ended', exitCode: this.exit.exitCode });
  }

  async #start(catalogue: ReturnType<typeof catalogueFor>): Promise<void> {
    const { config, exit } = this;
    if (exit.signal.aborted) return;
    this.#app = await createApp({
      config,
      catalogue,
      appVersion: readVersion(),
      processExit: exit,
      logger: this.#logger,
      logContext: this.#logContext,
    });
    if (exit.signal.aborted) return;
    const url = await startApp(this.#app, config);
    this.#logger.info({ msg: 'listening', url });
    if (config.controlTokenIsNew) {
      this.port.print(`CONTROL_TOKEN is not set; the operator's token of this run is ${config.controlToken}`);
    }
  }

  #fail(error: unknown, msg: string, exitCode: ExitCode): void {
    // What is known says in its message what to do; where it was thrown helps nobody but us.
    if (error instanceof ExchangeError) {
      this.#logger.fatal({ code: error.code, msg });
      this.#logger.debug({ err: error, msg: 'stack of the error above' });
    } else {
      this.#logger.fatal({ err: error, msg });
    }
    this.exit.request(exitCode, error instanceof Error ? error : new Error(messageOf(error)));
  }

  /** The work has its own limits, guarded in two places; whatever hangs beyond them ends with the process. */
  #limitEnd(): void {
    const limitMs = endLimitMs(compileOptions(this.config.registry));
    this.clock.setTimer(limitMs, () => {
      this.#logger.fatal({ msg: `did not end within ${limitMs} ms` });
      this.port.exitNow(this.exit.exitCode || ExitCode.Fatal);
    });
  }
}

/** How long an orderly end may take at most: the work, then the last commands, then the connections. */
export function endLimitMs({
  stopTimeoutMs,
  safetyMarginMs,
  commandTimeoutMs,
}: Pick<RegistrySettings, 'stopTimeoutMs' | 'safetyMarginMs' | 'commandTimeoutMs'>): number {
  return stopTimeoutMs + safetyMarginMs + LAST_COMMANDS * commandTimeoutMs + CLOSING_MS;
}

/** Resolves when the end has been asked for. */
function requested({ signal }: RequestedExit): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
