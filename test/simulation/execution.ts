/**
 * How a process runs: its timers and what arrives for it happen while it is neither frozen nor dead.
 *
 * A frozen process misses nothing: what was due happens when it is thawed, in an order that nobody promises. Its clocks
 * have gone on meanwhile.
 */
import type { ClockReading, Timer } from '../../src/clock';
import type { Draw } from './draw';
import type { Machine } from './machine';
import type { Running } from './running';
import type { Scheduled } from './timeline';

interface PendingTimer {
  readonly dueMs: number;
  readonly onFire: () => void;
  scheduled: Scheduled | null;
}

export class Execution implements Running {
  #isFrozen = false;
  #isDead = false;
  /** How often it has been frozen: bounds on its own doings count only while that stays the same. */
  freezes = 0;
  readonly #timers = new Set<PendingTimer>();
  readonly #arrived: (() => void)[] = [];
  readonly #overdue: PendingTimer[] = [];

  constructor(
    private readonly machine: Machine,
    /** Timers fire at multiples of this, late but never early. */
    private readonly granularityMs: number,
    private readonly draw: Draw,
  ) {}

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  read(): ClockReading {
    return this.machine.read();
  }

  setTimer(delayMs: number, onFire: () => void): Timer {
    // As the system's timers: whole milliseconds, one at least.
    const dueMs = this.machine.monotonicMs + Math.max(1, Math.ceil(delayMs));
    const timer: PendingTimer = { dueMs, onFire, scheduled: null };
    if (this.#isDead) return { cancel: () => undefined };
    this.#timers.add(timer);
    this.#arm(timer);
    return { cancel: () => this.#drop(timer) };
  }

  deliver(handle: () => void): void {
    if (this.#isDead) return;
    if (this.#isFrozen) this.#arrived.push(handle);
    else handle();
  }

  freeze(): void {
    if (this.#isFrozen) return;
    this.#isFrozen = true;
    this.freezes += 1;
  }

  thaw(): void {
    if (!this.#isFrozen) return;
    this.#isFrozen = false;
    const timers = this.#overdue.splice(0).map((timer) => () => this.#fire(timer));
    const arrived = this.#arrived.splice(0).map((handle) => () => this.deliver(handle));
    for (const happen of this.#mixed(timers, arrived)) this.machine.timeline.in(0, happen);
  }

  kill(): void {
    this.#isDead = true;
    for (const timer of this.#timers) this.#drop(timer);
    this.#arrived.length = 0;
    this.#overdue.length = 0;
  }

  /** Timers first, as after a blocked loop; or what arrived first; or one by one. */
  #mixed(timers: (() => void)[], arrived: (() => void)[]): (() => void)[] {
    const order = this.draw.whole(0, 2);
    if (order === 0) return [...timers, ...arrived];
    if (order === 1) return [...arrived, ...timers];
    const mixed: (() => void)[] = [];
    while (timers.length + arrived.length > 0) {
      const source = arrived.length === 0 || (timers.length > 0 && this.draw.chance(0.5)) ? timers : arrived;
      const next = source.shift();
      if (next !== undefined) mixed.push(next);
    }
    return mixed;
  }

  #arm(timer: PendingTimer): void {
    const { timeline, rate, monotonicMs } = this.machine;
    const exactMs = timeline.nowMs + Math.max(0, timer.dueMs - monotonicMs) / rate;
    const atMs =
      this.granularityMs === 0 ? exactMs : Math.ceil(exactMs / this.granularityMs) * this.granularityMs;
    timer.scheduled = timeline.at(atMs, () => this.#fire(timer));
  }

  #fire(timer: PendingTimer): void {
    if (!this.#timers.has(timer)) return;
    if (this.#isFrozen) return void this.#overdue.push(timer);
    // The machine slept meanwhile, and the monotonic clock with it.
    if (this.machine.monotonicMs < timer.dueMs - 1e-3) return this.#arm(timer);
    this.#timers.delete(timer);
    timer.onFire();
  }

  #drop(timer: PendingTimer): void {
    this.#timers.delete(timer);
    timer.scheduled?.cancel();
  }
}
