/** What the programs of the layers have in common: their size, the commit they name, and how they end. */
import { execFileSync } from 'node:child_process';
import { SIZES, type Size } from './layer-report';

/** Throws `RangeError` unless it is a size. */
export function sizeOf(text: string): Size {
  const size = SIZES.find((known) => known === text);
  if (size === undefined) throw new RangeError(`--size: ${text} is none of ${SIZES.join(', ')}`);
  return size;
}

/** Throws `RangeError` unless it is a whole number from 1 upwards. */
export function wholeNumber(flag: string, text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new RangeError(`--${flag}: ${JSON.stringify(text)} is not a whole number from 1 upwards`);
}

/** For the report of a failure. */
export function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

export const print = (text: string) => process.stdout.write(`${text}\n`);

/** Runs a program; a bad flag ends it with 64. `end` is told the exit code. */
export function runProgram(
  main: () => Promise<number>,
  end: (code: number) => void = (code) => void (process.exitCode = code),
): void {
  main().then(end, (error: unknown) => {
    process.stderr.write(`${error instanceof RangeError ? error.message : String((error as Error).stack)}\n`);
    end(64);
  });
}
