/**
 * Ends the process when its main thread is still blocked at the deadline of its lease.
 *
 * A thread of its own looks at the deadline that the main thread last proved, on the monotonic clock and on the boot clock, which
 * goes on while the machine is suspended. A main thread that runs has acted on the
 * deadline by itself and taken it back; one that does not run can only be ended. The watchdog never renews anything,
 * and knows nothing of Redis.
 */
import { Logger } from '@nestjs/common';
import { uptime } from 'node:os';
import { hrtime } from 'node:process';
import { Worker } from 'node:worker_threads';

/** Between two looks at the clocks; every wait counts on the monotonic one, which a suspended machine stops. */
const LOOK_MS = 1_000;
/** After a suspension: the main thread's next look is up to a second away, and then it needs a moment to act. */
const WAKING_MS = 1_500;

/** What the thread runs: plain JavaScript, so that it needs no file, no loader and no build. */
const THREAD = `
const { workerData } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const os = require('node:os');
const cell = new BigInt64Array(workerData);
for (;;) {
  const deadline = Atomics.load(cell, 0);
  if (deadline === 0n) { Atomics.wait(cell, 0, 0n); continue; }
  const leftMs = Number(deadline - process.hrtime.bigint()) / 1e6;
  const leftOfBootMs = Number(Atomics.load(cell, 1)) - os.uptime() * 1000;
  const restMs = Math.ceil(Math.min(leftMs, leftOfBootMs, ${LOOK_MS}));
  if (restMs > 0) { Atomics.wait(cell, 0, deadline, restMs); continue; }
  const graceMs = Math.ceil(Math.min(leftMs, ${WAKING_MS}));
  if (graceMs > 0 && Atomics.wait(cell, 0, deadline, graceMs) !== 'timed-out') continue;
  writeSync(2, JSON.stringify({ level: 60, msg: 'watchdog: main thread blocked past the deadline of its claim; ending the process', pid: process.pid }) + '\\n');
  process.kill(process.pid, 'SIGKILL');
}`;

export class Watchdog {
  /** The deadline in nanoseconds of the monotonic clock, 0 for none; and in milliseconds of the boot clock. */
  readonly #cell = new BigInt64Array(new SharedArrayBuffer(16));
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
    const restMs = remainingMs === null ? null : remainingMs + this.slackMs;
    const deadline = restMs === null ? 0n : hrtime.bigint() + BigInt(Math.ceil(restMs * 1e6));
    // First, so that the thread never has a new deadline with an old one of the boot clock.
    if (restMs !== null) Atomics.store(this.#cell, 1, BigInt(Math.ceil(uptime() * 1000 + restMs)));
    Atomics.store(this.#cell, 0, deadline);
    Atomics.notify(this.#cell, 0);
  }

  async close(): Promise<void> {
    this.prove(null);
    await this.#thread.terminate();
  }
}
