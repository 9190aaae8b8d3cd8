/** The clock of one process: every timer is a task of the schedule. */
import type { ClockReading, Timer } from '../../src/clock';
import type { Running } from '../simulation/running';
import type { Scheduler, Task } from './scheduler';

const EPOCH_MS = Date.UTC(2026, 0, 1);

export class ProcessClock implements Running {
  #isDead = false;
  readonly #timers = new Set<Task>();

  constructor(
    private readonly name: string,
    private readonly scheduler: Scheduler,
    /** A timer fires although another one was due before it. */
    private readonly onLate: () => void,
  ) {}

  get isDead(): boolean {
    return this.#isDead;
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  read(): ClockReading {
    return readingAt(this.scheduler.nowMs);
  }

  setTimer(delayMs: number, onFire: () => void): Timer {
    if (this.#isDead) return { cancel: () => undefined };
    // As the system's timers: whole milliseconds, one at least.
    const wholeMs = Math.max(1, Math.ceil(delayMs));
    const task = this.scheduler.add('timer', this.name, `timer of ${wholeMs} ms`, wholeMs, () => {
      this.#timers.delete(task);
      if (task.dueMs < this.scheduler.nowMs) this.onLate();
      onFire();
    });
    this.#timers.add(task);
    return { cancel: () => this.#drop(task) };
  }

  deliver(handle: () => void): void {
    if (!this.#isDead) handle();
  }

  kill(): void {
    this.#isDead = true;
    for (const task of this.#timers) this.#drop(task);
  }

  #drop(task: Task): void {
    if (this.#timers.delete(task)) this.scheduler.drop(task);
  }
}

export function readingAt(nowMs: number): ClockReading {
  return { monotonicMs: 1_000 + nowMs, wallMs: EPOCH_MS + nowMs, bootMs: 60_000 + nowMs };
}
