/** A Redis server's wall clock, off by what a test says, or standing still; the clocks of everybody else are right. Linux only; needs gcc, as the model does. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const SOURCE = join(__dirname, 'fixtures/shifted-clock.c');
/** Compiled again when the source has changed. */
const VERSION = createHash('sha256').update(readFileSync(SOURCE)).digest('hex').slice(0, 12);
const LIBRARY = resolve(__dirname, `../../.cache/shifted-clock-${VERSION}.so`);

export class ShiftedClock {
  #offsetMs = 0;

  private constructor(private readonly file: string) {
    writeFileSync(file, Buffer.alloc(16));
  }

  /** Right at first. What it is off by is kept in a file of this folder. */
  static async in(folder: string): Promise<ShiftedClock> {
    if (!existsSync(LIBRARY)) await compile();
    return new ShiftedClock(join(folder, 'clock'));
  }

  /** For the server. */
  get env(): NodeJS.ProcessEnv {
    return { LD_PRELOAD: LIBRARY, SHIFTED_CLOCK_FILE: this.file };
  }

  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** From now on it goes, and is ahead of the real time by this, or behind. */
  set offsetMs(ms: number) {
    this.#offsetMs = ms;
    this.#set({ offsetMs: ms, stillMs: 0 });
  }

  /** It stands still at this Unix time, at the first microsecond of it, until it is moved or goes again. */
  standStillAt(ms: number): void {
    this.#set({ offsetMs: this.#offsetMs, stillMs: ms });
  }

  #set({ offsetMs, stillMs }: { offsetMs: number; stillMs: number }): void {
    const bytes = Buffer.alloc(16);
    bytes.writeBigInt64LE(BigInt(offsetMs));
    bytes.writeBigInt64LE(BigInt(stillMs) * 1_000n, 8);
    // In place: the server has the file mapped.
    const file = openSync(this.file, 'r+');
    writeSync(file, bytes, 0, bytes.length, 0);
    closeSync(file);
  }
}

/** Several at once come to the same. */
async function compile(): Promise<void> {
  mkdirSync(resolve(LIBRARY, '..'), { recursive: true });
  const own = `${LIBRARY}.${process.pid}`;
  await promisify(execFile)('gcc', ['-O2', '-shared', '-fPIC', '-o', own, SOURCE]);
  renameSync(own, LIBRARY);
}
