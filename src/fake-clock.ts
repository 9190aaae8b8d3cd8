/** A clock that stands still until a test moves it. */
import { setImmediate } from 'node:timers';
import type { Clock, ClockReading, Timer } from './clock';

interface PendingTimer {
  readonly dueMs: number;
  readonly order: number;
  readonly onFire: () => void;
}

export class FakeClock implements Clock {
  #now: ClockReading;
  #order = 0;
  readonly #timers = new Set<PendingTimer>();

  /** Starts at the given Unix time, milliseconds. */
  constructor(wallMs = Date.UTC(2026, 0, 1)) {
    this.#now = { monotonicMs: 1_000, wallMs, bootMs: 60_000 };
  }

  /** Timers not yet fired or cancelled: 0 after a test that leaks nothing. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  read(): ClockReading {
    return this.#now;
  }

  setTimer(delayMs: number, onFire: () => void): Timer {
    const timer = { dueMs: this.#now.monotonicMs + Math.max(0, delayMs), order: (this.#order += 1), onFire };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  /** Lets time pass on all clocks, firing timers in order, each followed by the promise jobs it causes. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#now.monotonicMs + ms;
    await this.settle();
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#timers.delete(next);
      this.#pass(Math.max(0, next.dueMs - this.#now.monotonicMs));
      next.onFire();
      await this.settle();
    }
    this.#pass(endMs - this.#now.monotonicMs);
    await this.settle();
  }

  /** The event loop is blocked: time passes, nothing fires until the next `advance`. */
  block(ms: number): void {
    this.#pass(ms);
  }

  /** The machine sleeps: the monotonic clock, and so every timer, stands still; the others go on. */
  suspend(ms: number): void {
    this.#now = { ...this.#now, wallMs: this.#now.wallMs + ms, bootMs: this.#now.bootMs + ms };
  }

  /** Somebody sets the wall clock forwards, or back with a negative number. */
  setWallBy(ms: number): void {
    this.#now = { ...this.#now, wallMs: this.#now.wallMs + ms };
  }

  /** Lets the promise jobs that are due run, without moving time. */
  settle(): Promise<void> {
    // All promise jobs, however many follow from each other, run before the next immediate.
    return new Promise((resolve) => void setImmediate(resolve));
  }

  #pass(ms: number): void {
    const { monotonicMs, wallMs, bootMs } = this.#now;
    this.#now = { monotonicMs: monotonicMs + ms, wallMs: wallMs + ms, bootMs: bootMs + ms };
  }

  #next(untilMs: number): PendingTimer | undefined {
    return [...this.#timers]
      .filter(({ dueMs }) => dueMs <= untilMs)
      .sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)[0];
  }
}
