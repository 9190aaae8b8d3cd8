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

/** For the report of a failure: `+dirty` when the sources are not those of the commit. */
export function commit(folder = __dirname): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const name = git('rev-parse', '--short', 'HEAD');
    return git('status', '--porcelain') === '' ? name : `${name}+dirty`;
  } catch {
    return 'unknown';
  }
}

export const print = (text: string) => process.stdout.write(`${text}\n`);

const isBadFlag = (error: Error) =>
  error instanceof RangeError || String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');

/** Runs a program; a bad flag ends it with 64, an error of its own with 70. `end` is told the exit code. */
export function runProgram(
  main: () => Promise<number>,
  end: (code: number) => void = (code) => void (process.exitCode = code),
): void {
  main().then(end, (error: Error) => {
    const isUsage = isBadFlag(error);
    process.stderr.write(`${isUsage ? error.message : error.stack}\n`);
    end(isUsage ? 64 : 70);
  });
}
