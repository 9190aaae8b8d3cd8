/**
 * The made-up market of one product: every trade since 1970, as a pure function of (seed, product, rate, time).
 *
 * Decides which trades happen and when. The price is a walk that returns to its mean: a day's open comes from
 * noise of several wavelengths, a day is broken into 6 hours, those into hours, and so on down to the trades of a
 * minute (see `splitBar`), so a candle of any granularity is known without looking at its trades, and equals
 * their sum. Does not decide who is told of a trade, or when.
 */
import type { Candle } from '../candle';
import { type Bar, portion, reach, splitBar, sumBars, walk } from './bar';
import { BoundedCache } from './bounded-cache';
import { type ProductProfile, priceOf, sizeOf } from './product-profile';
import { drawNormal, hashText, type Random, randomFor } from './random';

/** The figures a ticker carries, in quote and base currency. */
export interface MarketFigures {
  readonly open24h: number;
  readonly high24h: number;
  readonly low24h: number;
  readonly volume24h: number;
  readonly volume30d: number;
}

/** Candle lengths in seconds, longest first; each is a whole multiple (3 or more) of the next. */
export const GRANULARITIES = [86_400, 21_600, 3_600, 900, 300, 60] as const;

const DAY_S = 86_400;
const MINUTE_MS = 60_000;
/** Deviation of a day's move, as a part of the price. */
const DAY_DEVIATION = 0.02;
/** The slowest wave of the daily noise is 2^7 days long: what keeps the price near its mean. */
const WAVES = 8;

export interface Trade {
  /** Grows by one with each trade of the product; 1 is the first of 1970. */
  readonly id: number;
  /** Grows by one with each trade of the product. */
  readonly sequence: number;
  readonly timeMs: number;
  readonly priceTicks: number;
  readonly sizeUnits: number;
  /** The side of the order that was in the book; a price going up is a `sell`. */
  readonly makerSide: 'buy' | 'sell';
}

export interface MarketOptions {
  readonly seed: string;
  readonly profile: ProductProfile;
  /** Another rate is another history. 60 times the rate must be whole and 4 or more. */
  readonly tradesPerSecond: number;
}

export class Market {
  readonly profile: ProductProfile;
  private readonly root: number;
  private readonly tradesPerMinute: number;
  private readonly firstSequence: number;
  private readonly splits = new BoundedCache<readonly Bar[]>(2_000);
  private readonly figuresOfMinute = new BoundedCache<MarketFigures>(2);
  private readonly minutes = new BoundedCache<readonly Trade[]>(32);

  constructor(options: MarketOptions) {
    this.profile = options.profile;
    this.tradesPerMinute = options.tradesPerSecond * 60;
    this.root = hashText(`${options.seed}/${options.profile.id}/${this.tradesPerMinute}`);
    this.firstSequence = 1 + (hashText(`${options.seed}/${options.profile.id}/sequence`) >>> 2);
  }

  /**
   * The candles that open at or after `fromS` and at or before `toS` (Unix seconds), oldest first, as they stand at
   * `nowMs`: the last may be unfinished, none is from the future, and one without a trade yet is left out.
   */
  candles(granularityS: number, fromS: number, toS: number, nowMs: number): Candle[] {
    const level = GRANULARITIES.findIndex((known) => known === granularityS);
    if (level < 0) throw new RangeError(`granularity ${granularityS} is none of ${GRANULARITIES.join(', ')}`);
    const candles: Candle[] = [];
    const last = Math.floor(Math.min(toS, nowMs / 1000) / granularityS);
    for (let index = Math.max(0, Math.ceil(fromS / granularityS)); index <= last; index++) {
      const bar = this.barUpTo(level, index, nowMs);
      if (bar !== undefined) candles.push(this.toCandle(index * granularityS, bar));
    }
    return candles;
  }

  /** The trade with this id, from 1 on. */
  trade(id: number): Trade {
    const minute = Math.floor((id - 1) / this.tradesPerMinute);
    const trade = this.tradesOfMinute(minute)[(id - 1) % this.tradesPerMinute];
    if (trade === undefined) throw new RangeError(`there is no trade ${id}`);
    return trade;
  }

  /** The last trade that has happened at `nowMs`. */
  lastTrade(nowMs: number): Trade {
    const minute = Math.floor(nowMs / MINUTE_MS);
    const happened = this.tradesOfMinute(minute).filter((trade) => trade.timeMs <= nowMs);
    return happened.at(-1) ?? this.trade(minute * this.tradesPerMinute);
  }

  /** Every trade of the minute `[minute, minute + 1)` since 1970, oldest first, whether it has happened yet or not. */
  tradesOfMinute(minute: number): readonly Trade[] {
    return this.minutes.get(String(minute), () => this.makeMinute(minute));
  }

  /** The last 24 hours and 30 days, in whole hours and days, as they stood at the last full minute. */
  figures(nowMs: number): MarketFigures {
    const minuteMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
    return this.figuresOfMinute.get(String(minuteMs), () => {
      const nowS = minuteMs / 1000;
      const hours = this.candles(3_600, nowS - DAY_S, nowS, minuteMs);
      const days = this.candles(DAY_S, nowS - 30 * DAY_S, nowS, minuteMs);
      return {
        open24h: hours[0]?.open ?? 0,
        high24h: Math.max(...hours.map(({ high }) => high)),
        low24h: Math.min(...hours.map(({ low }) => low)),
        volume24h: hours.reduce((sum, { volume }) => sum + volume, 0),
        volume30d: days.reduce((sum, { volume }) => sum + volume, 0),
      };
    });
  }

  private makeMinute(minute: number): Trade[] {
    const count = this.tradesPerMinute;
    const level = GRANULARITIES.length - 1;
    const random = this.randomOf(level + 1, minute);
    const bar = this.bar(level, minute);
    const prices = walk(bar, count, this.stepOf(bar, 60 / count), random);
    // Many small trades and a few large ones.
    const weights = prices.map(() => 0.01 - Math.log(1 - random()));
    const sizes = portion(bar.volume, weights, 1);
    return prices.map((priceTicks, at) => {
      const id = minute * count + at + 1;
      const change = priceTicks - (prices[at - 1] ?? priceTicks);
      const drawnSide = random() < 0.5 ? 'buy' : 'sell';
      return {
        id,
        sequence: this.firstSequence + id,
        timeMs: Math.floor(minute * MINUTE_MS + ((at + random()) * MINUTE_MS) / count),
        priceTicks,
        sizeUnits: sizes[at] ?? 1,
        makerSide: change === 0 ? drawnSide : change > 0 ? 'sell' : 'buy',
      };
    });
  }

  /** The part of a bar that has happened; `undefined` when none has. */
  private barUpTo(level: number, index: number, nowMs: number): Bar | undefined {
    const lengthMs = lengthOf(level) * 1000;
    if ((index + 1) * lengthMs <= nowMs) return this.bar(level, index);
    if (index * lengthMs > nowMs) return undefined;
    if (level === GRANULARITIES.length - 1) {
      const happened = this.tradesOfMinute(index).filter((trade) => trade.timeMs <= nowMs);
      return sumBars(happened.map(barOfTrade));
    }
    const parts = lengthOf(level) / lengthOf(level + 1);
    const happened = Array.from({ length: parts }, (_, at) =>
      this.barUpTo(level + 1, index * parts + at, nowMs),
    );
    return sumBars(happened.filter((bar) => bar !== undefined));
  }

  private bar(level: number, index: number): Bar {
    if (level === 0) return this.day(index);
    const parts = lengthOf(level - 1) / lengthOf(level);
    const parentIndex = Math.floor(index / parts);
    const siblings = this.splits.get(`${level}:${parentIndex}`, () => {
      const parent = this.bar(level - 1, parentIndex);
      const lengthS = lengthOf(level);
      const least = (lengthS / 60) * this.tradesPerMinute;
      return splitBar(parent, parts, this.stepOf(parent, lengthS), least, this.randomOf(level, parentIndex));
    });
    const bar = siblings[index % parts];
    if (bar === undefined) throw new RangeError(`there is no bar ${index}: the market opened in 1970`);
    return bar;
  }

  private day(index: number): Bar {
    if (index < 0) throw new RangeError('the market opened in 1970');
    const open = this.openOfDay(index);
    const close = this.openOfDay(index + 1);
    const random = this.randomOf(0, index);
    const step = this.stepOf({ open }, DAY_S);
    const trades = (DAY_S / 60) * this.tradesPerMinute;
    return {
      open,
      close,
      high: Math.max(open, close) + reach(step, random),
      low: Math.max(1, Math.min(open, close) - reach(step, random)),
      volume: trades + Math.round(trades * (this.profile.meanSizeUnits - 1) * (0.5 + random())),
    };
  }

  private openOfDay(day: number): number {
    let height = 0;
    for (let wave = 0; wave < WAVES; wave++) {
      const length = 2 ** wave;
      const before = Math.floor(day / length);
      const part = day / length - before;
      const smooth = part * part * (3 - 2 * part);
      const [from, to] = [before, before + 1].map((at) => drawNormal(this.randomOf(-1 - wave, at)));
      height += Math.sqrt(length) * ((from ?? 0) * (1 - smooth) + (to ?? 0) * smooth);
    }
    const price = this.profile.meanPrice * Math.exp((height * DAY_DEVIATION) / 2);
    return Math.max(2, Math.round(price * 10 ** this.profile.priceDecimals));
  }

  /** Typical move within `lengthS` seconds, in ticks: a random walk goes with the square root of time. */
  private stepOf(bar: Pick<Bar, 'open'>, lengthS: number): number {
    return bar.open * DAY_DEVIATION * Math.sqrt(lengthS / DAY_S);
  }

  private randomOf(level: number, index: number): Random {
    return randomFor(this.root, level, index);
  }

  private toCandle(time: number, bar: Bar): Candle {
    return {
      time,
      open: priceOf(this.profile, bar.open),
      high: priceOf(this.profile, bar.high),
      low: priceOf(this.profile, bar.low),
      close: priceOf(this.profile, bar.close),
      volume: sizeOf(bar.volume),
    };
  }
}

function lengthOf(level: number): number {
  return GRANULARITIES[level] ?? DAY_S;
}

function barOfTrade({ priceTicks, sizeUnits }: Trade): Bar {
  return { open: priceTicks, high: priceTicks, low: priceTicks, close: priceTicks, volume: sizeUnits };
}
