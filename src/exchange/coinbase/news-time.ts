/**
 * Tells a time that news of a product can have from one they cannot have.
 *
 * The work goes by the exchange's time, which only grows: a single message from the year 2100 would make every true
 * one after it too late to count. A time may therefore lie only a little ahead of what has passed here since the latest, or of
 * the wall clock where that has fitted before. The first is held against the wall clock, and generously, since either may be
 * wrong; where that never fits, the clock here is taken to be wrong as soon as two news in a row agree. Late news are believed:
 * they change nothing of the time, and a clock that is set back goes on from where it is.
 */
import { type Clock, type ClockReading, elapsedMs } from '../../clock';

/** Less than how far back a minute can be corrected, so that a single time falsely believed does no lasting harm. */
const MAX_AHEAD_MS = 60_000;
const MAX_FIRST_OFF_MS = 86_400_000;

interface News {
  readonly timeMs: number;
  readonly at: ClockReading;
}

export class NewsTime {
  private latest: News | null = null;
  /** The last news, unless they were believed. */
  private doubted: News | null = null;
  /** Some first news have fitted the wall clock: of first news that do not, it is not the clock here that is wrong. */
  private hasFitted = false;
  private hasHeard = false;

  constructor(private readonly clock: Clock) {}

  /** Whether news of this time (Unix milliseconds) can be true; if so, what follows is held against it. */
  believes(timeMs: number): boolean {
    const news = { timeMs, at: this.clock.read() };
    this.hasHeard = true;
    if (!this.isPossible(news)) {
      this.doubted = news;
      return false;
    }
    this.doubted = null;
    if (this.latest === null || timeMs > this.latest.timeMs) this.latest = news;
    return true;
  }

  /**
   * A new connection: its news are first news again if the last of the one before were not believed. Then it was no
   * single false message: the exchange's clock has been set. Where a whole connection brought no first news that fit the
   * wall clock, that counts no longer: a machine may have been put away for days without its clocks being told.
   */
  beginConnection(): void {
    if (this.doubted !== null && this.latest === null && this.hasHeard) this.hasFitted = false;
    if (this.doubted !== null) this.latest = null;
    this.hasHeard = false;
  }

  private isPossible(news: News): boolean {
    const offMs = Math.abs(news.timeMs - news.at.wallMs);
    // A feed that lagged is up to date again, with its next connection as a rule: far ahead of its last news, and true.
    if (this.latest !== null)
      return aheadMs(this.latest, news) <= MAX_AHEAD_MS || (this.hasFitted && offMs <= MAX_AHEAD_MS);
    if (offMs <= MAX_FIRST_OFF_MS) {
      this.hasFitted = true;
      return true;
    }
    if (this.hasFitted || this.doubted === null) return false;
    return Math.abs(aheadMs(this.doubted, news)) <= MAX_AHEAD_MS;
  }
}

/** By how much more the news' time has moved on than the time here. */
function aheadMs(before: News, news: News): number {
  return news.timeMs - before.timeMs - elapsedMs(before.at, news.at);
}
