/**
 * Starts the process, and ends it; nothing else.
 *
 * Listens for signals before anything else is loaded: one that comes while the API is still being built is honoured too. The
 * first asks for the orderly end, a second one ends the process at once.
 */
import { constants } from 'node:os';
import { ExitCode, RequestedExit } from './process-exit';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** A terminal and npm each pass on the same Ctrl-C; what comes within this time is one request. */
const ONE_REQUEST_MS = 50;

const exit = new RequestedExit();
let firstSignalAt: number | null = null;

for (const signal of SIGNALS) {
  process.on(signal, () => {
    const now = performance.now();
    firstSignalAt ??= now;
    if (now - firstSignalAt > ONE_REQUEST_MS) process.exit(128 + constants.signals[signal]);
    exit.request(ExitCode.Stopped, new Error(signal));
  });
}

async function main(): Promise<number> {
  const { runApi } = await import('./app.run.js');
  return runApi(exit, {
    print: (line) => process.stdout.write(`${line}\n`),
    printError: (line) => process.stderr.write(`${line}\n`),
    onUncaught: (listener) => {
      process.on('uncaughtException', listener);
      process.on('unhandledRejection', listener);
    },
    exitNow: (exitCode) => process.exit(exitCode),
  });
}

void main().then((exitCode) => process.exit(exitCode));
