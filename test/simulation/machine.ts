/** One computer's clocks, as they really are: each runs at its own rate, one stands still while the machine sleeps. */
import type { ClockReading } from '../../src/clock';
import type { Timeline } from './timeline';

const EPOCH_MS = Date.UTC(2026, 0, 1);

export class Machine {
  /** How often it has been sent to sleep: a timer that was due meanwhile is late. */
  sleeps = 0;
  #sleptMs = 0;
  #asleepSinceMs: number | null = null;
  #wallOffsetMs: number;
  /** Changes with every boot of the kernel. */
  bootId = 1;

  constructor(
    readonly timeline: Timeline,
    /** Milliseconds its clocks count in a true millisecond. */
    readonly rate: number,
    wallOffsetMs = 0,
  ) {
    this.#wallOffsetMs = wallOffsetMs;
  }

  /** Since it was made, by its own rate, asleep or not. */
  get nowMs(): number {
    return this.rate * this.timeline.nowMs;
  }

  get monotonicMs(): number {
    const { nowMs } = this.timeline;
    const asleepMs = this.#asleepSinceMs === null ? 0 : nowMs - this.#asleepSinceMs;
    return 1_000 + this.rate * (nowMs - this.#sleptMs - asleepMs);
  }

  read(): ClockReading {
    const onMs = this.nowMs;
    return {
      monotonicMs: this.monotonicMs,
      wallMs: Math.floor(EPOCH_MS + onMs + this.#wallOffsetMs),
      bootMs: 60_000 + Math.floor(onMs / 10) * 10,
    };
  }

  /** Somebody sets the wall clock. */
  setWallBy(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  sleep(): void {
    this.sleeps += 1;
    this.#asleepSinceMs ??= this.timeline.nowMs;
  }

  wake(): void {
    if (this.#asleepSinceMs !== null) this.#sleptMs += this.timeline.nowMs - this.#asleepSinceMs;
    this.#asleepSinceMs = null;
  }
}
