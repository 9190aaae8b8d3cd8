import { type Clock, type ClockReading, SystemClock, type Timer } from '../../src/clock';

/** The machine's clock, which knows how many timers are waiting. */
export class CountingClock implements Clock {
  private readonly system = new SystemClock();
  private readonly waiting = new Set<object>();

  get pendingTimers(): number {
    return this.waiting.size;
  }

  read(): ClockReading {
    return this.system.read();
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
