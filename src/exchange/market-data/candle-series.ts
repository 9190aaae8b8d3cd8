/**
 * The candles of one product, from history and live trades, so that both agree.
 *
 * Decides which candle is final. Only two kinds are: one of which every trade was seen live, and one read from the
 * exchange's history after its minute was over. A minute of which trades may be missing (the one in which the
 * feed began, was interrupted or lost a trade) is never mended by adding trades to a candle of the history, because nothing
 * says which of them that candle already holds; it is read again when it is over, and the candles after it wait.
 * Final candles come out oldest first, and once, unless a late trade made the exchange correct one. Does not fetch, store or publish anything.
 */
import type { Candle } from '../candle';
import { CANDLE_SECONDS, type Trade } from '../exchange-adapter';

/** Minutes to read from the history, by open time in Unix seconds, both included. */
export interface Unsettled {
  readonly from: number;
  readonly through: number;
}

export interface Settled {
  readonly kind: 'settled';
  readonly finals: Candle[];
  /** Less than was seen live was taken. */
  readonly lacks: boolean;
}

export type Repair = Settled | { readonly kind: 'behind' };

export interface CandleSeriesOptions {
  /** How far back the history is wanted, counted from the minute of the first news. */
  readonly historyMinutes: number;
  /** How long after its end, by the exchange's time, a minute can be read from the history. */
  readonly settleMs: number;
  /** How many candles are stored: of a longer absence only the newest minutes are read. */
  readonly candlesKept: number;
}

/** A trade later than this changes nothing any more. */
const MAX_REOPENED_MINUTES = 10;

/** The exchange writes sizes with eight decimals; rounding to them keeps a sum equal to its decimal value. */
const SIZE_STEPS = 1e8;

export class CandleSeries {
  /** Every minute up to here is final: it has come out, or nothing was traded in it. */
  private settledThrough = Number.NEGATIVE_INFINITY;
  /** The last minute of which trades may be missing; `null` when there is none. */
  private doubtfulThrough: number | null = null;
  /** True from an interruption until the first news of the exchange's time: the doubt ends in that minute. */
  private inDoubt = true;
  private exchangeTimeMs = 0;
  /** Up to here every trade has been seen, unless some were lost. */
  private certainMs = 0;
  private lastTradeMs = 0;
  private open: Candle | null = null;
  /** What the history said about the minute in progress. */
  private base: Candle | null = null;
  /** Candles of whole minutes that follow a doubtful one. */
  private waiting: Candle[] = [];
  /** What was seen live of doubtful minutes: the history must not show less. */
  private readonly witnessed = new Map<number, Candle>();

  constructor(private readonly options: CandleSeriesOptions) {}

  /** The exchange's own time, Unix milliseconds; 0 before any news. */
  get timeMs(): number {
    return this.exchangeTimeMs;
  }

  /** True when no trade is known or suspected to be missing. */
  get isWhole(): boolean {
    return !this.inDoubt && this.doubtfulThrough === null;
  }

  /** Trades may have been missed since the last news. */
  interrupt(): void {
    this.inDoubt = true;
  }

  /** A trade, in the order of the feed. Returns the candles that became final by it. */
  addTrade(trade: Trade): Candle[] {
    const finals = this.advance(trade.timeMs, trade.timeMs);
    this.lastTradeMs = Math.max(this.lastTradeMs, trade.timeMs);
    const minute = minuteOf(trade.timeMs);
    // Its minute was closed, whether that is settled or its candle still waits behind a doubtful one.
    if (minute < minuteOf(this.certainMs)) {
      this.reopen(minute);
    } else {
      this.open = this.open?.time === minute ? withTrade(this.open, trade) : candleOf(minute, trade);
    }
    return finals;
  }

  /**
   * Every trade up to `timeMs` has been added, as far as the exchange says. Trades may still come a little late, so
   * a minute ends only `settleMs` later by such news. Returns the candles that became final by it.
   */
  caughtUp(timeMs: number): Candle[] {
    return this.advance(timeMs, timeMs - this.options.settleMs);
  }

  /**
   * The minutes that are over and must be read from the history, no more of them than are kept; `null` when there
   * are none.
   */
  unsettled(): Unsettled | null {
    if (this.doubtfulThrough === null) return null;
    const lastOver = minuteOf(this.exchangeTimeMs - this.options.settleMs) - CANDLE_SECONDS;
    const through = Math.min(this.doubtfulThrough, lastOver);
    const from = this.firstUnsettled(through);
    return from <= through ? { from, through } : null;
  }

  /**
   * Takes what the history says. `range` must come from `unsettled()`, called before the request was sent, so
   * that its minutes were over. `behind` means that the history does not yet hold what was seen live, or that an
   * earlier minute has come into doubt since: ask again. `force` takes a history that holds less than was seen, and what was
   * seen of a minute that it lacks.
   */
  repair(range: Unsettled, history: readonly Candle[], force = false): Repair {
    if (range.from > this.firstUnsettled(range.through)) return { kind: 'behind' };
    const isNew = ({ time }: Candle) => time > this.settledThrough && time <= range.through;
    let settled = history.filter(isNew);
    const lacks = this.isBehind(range, settled);
    if (lacks) {
      if (!force) return { kind: 'behind' };
      const told = new Set(settled.map(({ time }) => time));
      const seen = [...this.witnessed.values()].filter(({ time }) => time >= range.from && !told.has(time));
      settled = [...settled, ...seen.filter(isNew)].sort((left, right) => left.time - right.time);
    }
    this.settledThrough = Math.max(this.settledThrough, range.through);
    if (this.doubtfulThrough !== null && this.doubtfulThrough <= this.settledThrough)
      this.doubtfulThrough = null;
    for (const minute of this.witnessed.keys()) if (minute <= range.through) this.witnessed.delete(minute);
    this.waiting = this.waiting.filter((candle) => candle.time > this.settledThrough);
    this.base = history.find((candle) => candle.time > range.through) ?? this.base;
    return { kind: 'settled', finals: [...settled, ...this.takeFinals()], lacks };
  }

  /**
   * The minute in progress, as far as known. While trades of it are missing its volume is a lower bound: the
   * greater of what the history and the feed say, never their sum.
   */
  current(): Candle | null {
    const { open, base } = this;
    if (base === null || base.time !== (open?.time ?? minuteOf(this.exchangeTimeMs))) return open;
    if (open === null) return base.time > this.settledThrough ? base : null;
    if (this.doubtfulThrough === null || open.time > this.doubtfulThrough) return open;
    return {
      time: open.time,
      open: base.open,
      high: Math.max(base.high, open.high),
      low: Math.min(base.low, open.low),
      close: open.close,
      volume: Math.max(base.volume, open.volume),
    };
  }

  private advance(timeMs: number, certainMs: number): Candle[] {
    this.exchangeTimeMs = Math.max(this.exchangeTimeMs, timeMs);
    this.certainMs = Math.max(this.certainMs, certainMs);
    if (this.inDoubt) this.endDoubtIn(minuteOf(this.exchangeTimeMs));
    if (this.open !== null && minuteOf(this.certainMs) > this.open.time) {
      this.waiting.push(this.open);
      this.open = null;
    }
    return this.takeFinals();
  }

  private endDoubtIn(minute: number): void {
    this.inDoubt = false;
    this.doubt(minute);
    if (this.settledThrough === Number.NEGATIVE_INFINITY) {
      this.settledThrough = minute - (this.options.historyMinutes + 1) * CANDLE_SECONDS;
    } else {
      // What was missed came after the last trade, whatever was said of the time since.
      this.reopen(Math.min(minute, minuteOf(this.lastTradeMs)));
    }
  }

  private doubt(minute: number): void {
    this.doubtfulThrough = Math.max(this.doubtfulThrough ?? minute, minute);
  }

  /** A trade came after its minute was closed: what was closed without it is read again, and comes out again. */
  private reopen(minute: number): void {
    if (minute <= minuteOf(this.exchangeTimeMs) - MAX_REOPENED_MINUTES * CANDLE_SECONDS) return;
    this.settledThrough = Math.min(this.settledThrough, minute - CANDLE_SECONDS);
    this.doubt(minute);
  }

  /** Older minutes than are stored are not worth a reading, which would have no bound. */
  private firstUnsettled(through: number): number {
    const minutes = Math.max(this.options.candlesKept, this.options.historyMinutes);
    return Math.max(this.settledThrough, through - minutes * CANDLE_SECONDS) + CANDLE_SECONDS;
  }

  private takeFinals(): Candle[] {
    const { doubtfulThrough } = this;
    if (doubtfulThrough === null) {
      const finals = this.waiting;
      this.waiting = [];
      this.settledThrough = Math.max(this.settledThrough, minuteOf(this.certainMs) - CANDLE_SECONDS);
      return finals;
    }
    for (const candle of this.waiting)
      if (candle.time <= doubtfulThrough) this.witnessed.set(candle.time, candle);
    this.waiting = this.waiting.filter((candle) => candle.time > doubtfulThrough);
    return [];
  }

  private isBehind(range: Unsettled, history: readonly Candle[]): boolean {
    const known = new Map(history.map((candle) => [candle.time, candle]));
    for (const [minute, seen] of this.witnessed) {
      if (minute < range.from || minute > range.through) continue;
      const told = known.get(minute);
      if (told === undefined || told.volume < seen.volume || told.high < seen.high || told.low > seen.low)
        return true;
    }
    return false;
  }
}

export function minuteOf(timeMs: number): number {
  return Math.floor(timeMs / 1000 / CANDLE_SECONDS) * CANDLE_SECONDS;
}

function candleOf(time: number, { price, size }: Trade): Candle {
  return { time, open: price, high: price, low: price, close: price, volume: size };
}

function withTrade(candle: Candle, { price, size }: Trade): Candle {
  return {
    ...candle,
    high: Math.max(candle.high, price),
    low: Math.min(candle.low, price),
    close: price,
    volume: Math.round((candle.volume + size) * SIZE_STEPS) / SIZE_STEPS,
  };
}
