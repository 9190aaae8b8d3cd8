import { type Clock, type ClockReading, SystemClock, type Timer } from '../../src/clock';

/** The machine's clock, which knows how many timers are waiting, and can seem to have been suspended, or set. */
export class CountingClock implements Clock {
  private readonly system = new SystemClock();
  private readonly waiting = new Set<object>();
  private suspendedMs = 0;
  private setByMs = 0;

  get pendingTimers(): number {
    return this.waiting.size;
  }

  read(): ClockReading {
    const { monotonicMs, wallMs, bootMs } = this.system.read();
    return {
      monotonicMs,
      wallMs: wallMs + this.suspendedMs + this.setByMs,
      bootMs: bootMs + this.suspendedMs,
    };
  }

  suspend(ms: number): void {
    this.suspendedMs += ms;
  }

  setWallBy(ms: number): void {
    this.setByMs += ms;
  }

  setTimer(delayMs: number, onFire: () => void): Timer {
    const token = {};
    this.waiting.add(token);
    const timer = this.system.setTimer(delayMs, () => {
      this.waiting.delete(token);
      onFire();
    });
    return {
      cancel: () => {
        this.waiting.delete(token);
        timer.cancel();
      },
    };
  }
}
