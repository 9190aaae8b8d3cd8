/**
 * Starts the process, and ends it; nothing else.
 *
 * The end is asked for in one place (`RequestedExit`): by a signal, a failed start, the runner, or an error nobody
 * caught. The first request decides the exit code, then Nest's shutdown hooks run, within a limit. A second signal ends the
 * process at once.
 */
import 'reflect-metadata';
import { constants } from 'node:os';
import type { Logger } from 'pino';
import { catalogueFor, createApp, readVersion, startApp } from './app.boot';
import { helpFor, loadConfig, type AppConfig } from './app.config';
import { exitCodeOf } from './app.errors';
import { LogContext, rootLogger } from './app.logging';
import { messageOf } from './errors';
import { ExitCode, RequestedExit } from './process-exit';
import { compileOptions } from './registry/registry.options';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** A terminal and npm each pass on the same Ctrl-C; what comes within this time is one wish. */
const ONE_WISH_MS = 50;
/** For closing connections, after the work has had its limits. */
const CLOSING_MS = 10_000;

function listenToSignals(exit: RequestedExit): void {
  let first: number | null = null;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      first ??= performance.now();
      if (exit.exitCode === null) exit.request(ExitCode.Stopped, new Error(signal));
      else if (performance.now() - first > ONE_WISH_MS) process.exit(128 + constants.signals[signal]);
    });
  }
}

function listenToErrors(exit: RequestedExit, logger: Logger): void {
  const onError = (error: unknown) => {
    logger.fatal({ err: error, msg: `nobody caught: ${messageOf(error)}` });
    exit.request(ExitCode.Fatal, error instanceof Error ? error : new Error(messageOf(error)));
  };
  process.on('uncaughtException', onError);
  process.on('unhandledRejection', onError);
}

/** Resolves when the end has been asked for. */
function requested({ signal }: RequestedExit): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** How long an orderly end may take: the work's own limits, in each of the two places that guard them. */
function endLimitMs({ registry }: AppConfig): number {
  const { stopTimeoutMs, safetyMarginMs } = compileOptions(registry);
  return 2 * (stopTimeoutMs + safetyMarginMs) + CLOSING_MS;
}

async function run(config: AppConfig, exit: RequestedExit): Promise<void> {
  const catalogue = catalogueFor(config);
  const logContext = new LogContext();
  const logger = rootLogger(config.logLevel, config.secrets, logContext);
  listenToErrors(exit, logger);
  const parts = { config, catalogue, logger, logContext, processExit: exit, appVersion: readVersion() };
  const creating = createApp(parts);
  const starting = creating.then(async (app) => {
    if (exit.signal.aborted) return;
    const url = await startApp(app, config);
    logger.info({ msg: 'listening', url });
    if (config.controlTokenIsNew) {
      process.stdout.write(
        `CONTROL_TOKEN is not set; the operator's token of this run is ${config.controlToken}\n`,
      );
    }
  });
  starting.catch((error: unknown) => {
    if (!exit.signal.aborted) logger.fatal({ err: error, msg: `cannot start: ${messageOf(error)}` });
    exit.request(exitCodeOf(error), error instanceof Error ? error : new Error(messageOf(error)));
  });
  await requested(exit);
  logger.info({ msg: 'ending', cause: messageOf(exit.signal.reason), exitCode: exit.exitCode });
  const limitMs = endLimitMs(config);
  setTimeout(() => {
    logger.fatal({ msg: `did not end within ${limitMs} ms` });
    process.exit(exit.exitCode || ExitCode.Fatal);
  }, limitMs).unref();
  const app = await creating.catch(() => null);
  await app?.close();
  logger.info({ msg: 'ended', exitCode: exit.exitCode });
}

async function main(): Promise<ExitCode> {
  const help = helpFor();
  if (help !== null) {
    process.stdout.write(`${help}\n`);
    return ExitCode.Stopped;
  }
  const exit = new RequestedExit();
  listenToSignals(exit);
  try {
    await run(loadConfig(), exit);
    return exit.exitCode ?? ExitCode.Fatal;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return exitCodeOf(error);
  }
}

void main().then((code) => process.exit(code));
