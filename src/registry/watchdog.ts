/**
 * Ends the process when its main thread is still blocked at the deadline of its lease.
 *
 * A thread of its own looks at the deadline that the main thread last proved. A main thread that runs has acted on the
 * deadline by itself and taken it back; one that does not run can only be ended. The watchdog never renews anything,
 * and knows nothing of Redis.
 */
import { Logger } from '@nestjs/common';
import { hrtime } from 'node:process';
import { Worker } from 'node:worker_threads';

/** What the thread runs: plain JavaScript, so that it needs no file, no loader and no build. */
const THREAD = `
const { workerData } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const cell = new BigInt64Array(workerData);
for (;;) {
  const deadline = Atomics.load(cell, 0);
  if (deadline === 0n) { Atomics.wait(cell, 0, 0n); continue; }
  const leftMs = Number(deadline - process.hrtime.bigint()) / 1e6;
  if (leftMs > 0) { Atomics.wait(cell, 0, deadline, Math.ceil(leftMs)); continue; }
  writeSync(2, JSON.stringify({ level: 60, msg: 'watchdog: main thread blocked past the deadline of its claim; ending the process', pid: process.pid }) + '\\n');
  process.kill(process.pid, 'SIGKILL');
}`;

export class Watchdog {
  readonly #cell = new BigInt64Array(new SharedArrayBuffer(8));
  readonly #logger = new Logger(Watchdog.name);
  readonly #thread: Worker;

  /**
   * @param slackMs how long after the deadline the main thread may take to act on it before it counts as blocked;
   *   must be well below the safety margin.
   */
  constructor(private readonly slackMs: number) {
    this.#thread = new Worker(THREAD, { eval: true, workerData: this.#cell.buffer });
    // A thread that fails watches nothing; the lease's own timers still do.
    this.#thread.on('error', (error) => {
      this.#logger.error({ msg: 'the watchdog failed', err: error });
    });
    this.#thread.unref();
  }

  /** The claim is proven for this long from now; `null`: there is no claim to watch. */
  prove(remainingMs: number | null): void {
    const deadline =
      remainingMs === null ? 0n : hrtime.bigint() + BigInt(Math.ceil((remainingMs + this.slackMs) * 1e6));
    Atomics.store(this.#cell, 0, deadline);
    Atomics.notify(this.#cell, 0);
  }

  async close(): Promise<void> {
    this.prove(null);
    await this.#thread.terminate();
  }
}
