import * as fc from 'fast-check';
import { GRANULARITIES, Market, type Trade } from './market';
import { priceOf, profileOf, sizeOf } from './product-profile';

const NOON = Date.UTC(2026, 2, 14, 12, 0, 0);
const MINUTE_MS = 60_000;

function marketOf(seed = 'a', product = 'BTC-USD', tradesPerSecond = 3): Market {
  return new Market({ seed, profile: profileOf(product), tradesPerSecond });
}

function priceAtNoon(market: Market): number {
  return market.lastTrade(NOON).priceTicks;
}

const anyMarket = fc
  .record({
    seed: fc.string({ maxLength: 5 }),
    product: fc.constantFrom('BTC-USD', 'ADA-USD', 'XYZ-EUR'),
    tradesPerSecond: fc.constantFrom(0.1, 1, 3, 10),
  })
  .map(({ seed, product, tradesPerSecond }) => marketOf(seed, product, tradesPerSecond));
const anyMinute = fc.integer({ min: 0, max: 60_000_000 });

function candleOf(market: Market, trades: readonly Trade[]) {
  const prices = trades.map(({ priceTicks }) => priceOf(market.profile, priceTicks));
  return {
    open: prices[0],
    high: Math.max(...prices),
    low: Math.min(...prices),
    close: prices.at(-1),
    volume: trades.map(({ sizeUnits }) => sizeOf(sizeUnits)).reduce((sum, size) => sum + size, 0),
  };
}

describe('Market', () => {
  it('tells the same trades to everybody with the same seed, whatever was asked before', () => {
    fc.assert(
      fc.property(fc.string(), anyMinute, anyMinute, (seed, minute, other) => {
        const asked = marketOf(seed);
        asked.tradesOfMinute(other);
        asked.candles(86_400, other * 60, other * 60 + 86_400, NOON);
        expect(asked.tradesOfMinute(minute)).toEqual(marketOf(seed).tradesOfMinute(minute));
      }),
      { numRuns: 50 },
    );
  });

  it('tells other trades for another seed, product or rate', () => {
    expect(priceAtNoon(marketOf('a'))).not.toBe(priceAtNoon(marketOf('b')));
    expect(priceAtNoon(marketOf('a'))).not.toBe(priceAtNoon(marketOf('a', 'ETH-USD')));
    expect(priceAtNoon(marketOf('a'))).not.toBe(priceAtNoon(marketOf('a', 'BTC-USD', 2)));
  });

  it('makes the candle of a minute the exact sum of its trades', () => {
    fc.assert(
      fc.property(anyMarket, anyMinute, (market, minute) => {
        const [candle] = market.candles(60, minute * 60, minute * 60, (minute + 1) * MINUTE_MS);
        expect(candle).toEqual({ time: minute * 60, ...candleOf(market, market.tradesOfMinute(minute)) });
      }),
      { numRuns: 200 },
    );
  });

  it('makes the candle of every granularity the exact sum of its minutes', () => {
    fc.assert(
      fc.property(anyMarket, anyMinute, fc.constantFrom(...GRANULARITIES), (market, minute, granularityS) => {
        const start = Math.floor((minute * 60) / granularityS) * granularityS;
        const [candle] = market.candles(granularityS, start, start, (start + granularityS) * 1000);
        const minutes = market.candles(60, start, start + granularityS - 60, (start + granularityS) * 1000);
        expect(minutes).toHaveLength(granularityS / 60);
        expect(candle).toEqual({
          time: start,
          open: minutes[0]?.open,
          high: Math.max(...minutes.map(({ high }) => high)),
          low: Math.min(...minutes.map(({ low }) => low)),
          close: minutes.at(-1)?.close,
          volume: minutes.reduce((sum, { volume }) => sum + volume, 0),
        });
      }),
      { numRuns: 40 },
    );
  });

  it('shows of an unfinished candle what has happened, and nothing of the future', () => {
    fc.assert(
      fc.property(anyMarket, anyMinute, fc.nat(MINUTE_MS - 1), (market, minute, elapsedMs) => {
        const nowMs = minute * MINUTE_MS + elapsedMs;
        const happened = market.tradesOfMinute(minute).filter(({ timeMs }) => timeMs <= nowMs);
        const candles = market.candles(60, minute * 60, minute * 60 + 600, nowMs);
        const expected = { time: minute * 60, ...candleOf(market, happened) };
        expect(candles).toEqual(happened.length === 0 ? [] : [expected]);
      }),
      { numRuns: 100 },
    );
  });

  it('keeps open and close between low and high, prices above zero and every size at least one unit', () => {
    fc.assert(
      fc.property(anyMarket, anyMinute, (market, minute) => {
        for (const { open, high, low, close } of market.candles(
          300,
          minute * 60,
          minute * 60 + 6_000,
          Infinity,
        )) {
          expect(low).toBeGreaterThan(0);
          expect(low).toBeLessThanOrEqual(Math.min(open, close));
          expect(high).toBeGreaterThanOrEqual(Math.max(open, close));
        }
        expect(market.tradesOfMinute(minute).every(({ sizeUnits }) => sizeUnits >= 1)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('numbers trades without a hole, in the order of time, within their minute', () => {
    fc.assert(
      fc.property(anyMarket, anyMinute, (market, minute) => {
        const trades = [...market.tradesOfMinute(minute), ...market.tradesOfMinute(minute + 1)];
        const [first] = trades;
        const steps = trades.map((_, at) => at);
        expect(trades.map(({ id }) => id - (first?.id ?? 0))).toEqual(steps);
        expect(trades.map(({ sequence }) => sequence - (first?.sequence ?? 0))).toEqual(steps);
        expect(trades.map(({ id }) => market.trade(id))).toEqual(trades);
        const times = trades.map(({ timeMs }) => timeMs);
        expect(times).toEqual([...times].sort((left, right) => left - right));
        expect(times[0]).toBeGreaterThanOrEqual(minute * MINUTE_MS);
        expect(times.at(-1)).toBeLessThan((minute + 2) * MINUTE_MS);
      }),
      { numRuns: 50 },
    );
  });

  it('finds the last trade of any moment', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000_000, max: NOON }), (nowMs) => {
        const market = marketOf();
        const last = market.lastTrade(nowMs);
        expect(last.timeMs).toBeLessThanOrEqual(nowMs);
        expect(market.trade(last.id + 1).timeMs).toBeGreaterThan(nowMs);
      }),
    );
  });

  it('wanders around its mean over years and moves a little, not wildly, within a day', () => {
    const days = marketOf().candles(86_400, NOON / 1000 - 2_000 * 86_400, NOON / 1000, NOON);
    const mean = days.reduce((sum, { close }) => sum + close, 0) / days.length;
    expect(mean).toBeGreaterThan(40_000);
    expect(mean).toBeLessThan(90_000);
    expect(Math.max(...days.map(({ high, low }) => high / low))).toBeLessThan(1.35);
    expect(Math.min(...days.map(({ high, low }) => high / low))).toBeGreaterThan(1.001);
  });

  it.each(GRANULARITIES)('answers for 300 candles of %i s, however many trades they hold', (granularityS) => {
    const until = Math.floor(NOON / 1000 / granularityS) * granularityS;
    const candles = marketOf().candles(granularityS, until - 299 * granularityS, until, NOON);
    expect(candles.length).toBeGreaterThanOrEqual(299);
  });
});
