/**
 * Tells a time that news of a product can have from one they cannot have.
 *
 * The work goes by the exchange's time, which only grows: a single message from the year 2100 would make every true
 * one after it too late to count. A time may therefore lie only a little ahead of what has passed here since the latest. Only
 * the first is held against the wall clock, and generously, since either may be wrong. Late news are believed: they change
 * nothing of the time, and a clock that is set back goes on from where it is.
 */
import { type Clock, type ClockReading, elapsedMs } from '../../clock';

/** Less than how far back a minute can be corrected, so that a single time falsely believed does no lasting harm. */
const MAX_AHEAD_MS = 60_000;
const MAX_FIRST_OFF_MS = 86_400_000;

export class NewsTime {
  private latest: { readonly timeMs: number; readonly at: ClockReading } | null = null;
  private believedLast = true;

  constructor(private readonly clock: Clock) {}

  /** Whether news of this time (Unix milliseconds) can be true; if so, what follows is held against it. */
  believes(timeMs: number): boolean {
    const at = this.clock.read();
    this.believedLast = this.isPossible(timeMs, at);
    if (this.believedLast && timeMs > (this.latest?.timeMs ?? Number.NEGATIVE_INFINITY))
      this.latest = { timeMs, at };
    return this.believedLast;
  }

  /**
   * A new connection: its news are first news again if the last of the one before were not believed. Then it was no
   * single false message: the exchange's clock has been set.
   */
  beginConnection(): void {
    if (!this.believedLast) this.latest = null;
  }

  private isPossible(timeMs: number, at: ClockReading): boolean {
    if (this.latest === null) return Math.abs(timeMs - at.wallMs) <= MAX_FIRST_OFF_MS;
    return timeMs - this.latest.timeMs <= elapsedMs(this.latest.at, at) + MAX_AHEAD_MS;
  }
}
