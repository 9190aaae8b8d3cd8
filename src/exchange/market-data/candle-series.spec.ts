import { array, assert, boolean, integer, property, record } from 'fast-check';
import type { Candle } from '../candle';
import type { Trade } from '../exchange-adapter';
import { CandleSeries } from './candle-series';

const T0 = 1_800_000_000;
const PRODUCT = 'BTC-USD';
/** Trades of the property that are told late at a time: all of them within the ten minutes that can be reopened. */
const MAX_LATE = 8;
const KEPT = 1_440;

function trade(second: number, price: number, size = 1): Trade {
  return { product: PRODUCT, tradeId: second, timeMs: (T0 + second) * 1000, price, size };
}

function candle(minute: number, close: number, volume = 1, high = close, low = close): Candle {
  return { time: T0 + minute * 60, open: close, high, low, close, volume };
}

/** A series that has its history up to minute 0 and is whole from minute 1 on. */
function wholeSeries(): CandleSeries {
  const series = new CandleSeries({ historyMinutes: 2, settleMs: 0, candlesKept: KEPT });
  series.addTrade(trade(30, 100));
  expect(repairWith(series, [])).toEqual([]);
  series.addTrade(trade(60, 100));
  expect(repairWith(series, [candle(0, 100)])).toEqual([candle(0, 100)]);
  return series;
}

function repairWith(series: CandleSeries, history: Candle[], force = false): Candle[] | 'behind' | 'whole' {
  const range = series.unsettled();
  if (range === null) return 'whole';
  const repair = series.repair(range, history, force);
  return repair.kind === 'settled' ? repair.finals : 'behind';
}

function note(into: Map<number, Candle>, finals: readonly Candle[]): void {
  for (const final of finals) into.set(final.time, final);
}

function inOrder(candles: ReadonlyMap<number, Candle>): Candle[] {
  return [...candles.values()].sort((left, right) => left.time - right.time);
}

describe('a series of candles', () => {
  it('wants the history before the minute of the first news', () => {
    const series = new CandleSeries({ historyMinutes: 3, settleMs: 0, candlesKept: KEPT });
    expect(series.unsettled()).toBeNull();
    series.caughtUp((T0 + 30) * 1000);
    expect(series.unsettled()).toEqual({ from: T0 - 180, through: T0 - 60 });
  });

  it('reads the minute in which it began again instead of adding trades to its history', () => {
    const series = new CandleSeries({ historyMinutes: 1, settleMs: 0, candlesKept: KEPT });
    series.addTrade(trade(30, 100, 2));
    // The history holds the trade at 30 s already, and one from before.
    expect(repairWith(series, [candle(-1, 99), candle(0, 100, 5)])).toEqual([candle(-1, 99)]);
    expect(series.addTrade(trade(40, 101, 4))).toEqual([]);
    expect(series.current()).toEqual({ ...candle(0, 100, 6), high: 101, close: 101 });
    expect(series.addTrade(trade(60, 102))).toEqual([]);
    expect(series.unsettled()).toEqual({ from: T0, through: T0 });
    const whole = { ...candle(0, 101, 9), open: 100, low: 100 };
    expect(repairWith(series, [whole])).toEqual([whole]);
    expect(series.isWhole).toBe(true);
  });

  it('builds a candle whose minute was seen whole', () => {
    const series = wholeSeries();
    series.addTrade(trade(70, 105, 0.1));
    series.addTrade(trade(80, 95, 0.2));
    series.addTrade(trade(119, 99));
    const [built] = series.addTrade(trade(120, 100));
    expect(built).toEqual({ time: T0 + 60, open: 100, high: 105, low: 95, close: 99, volume: 2.3 });
  });

  it('has no candle for a minute without trades', () => {
    const series = wholeSeries();
    expect(series.addTrade(trade(400, 100))).toHaveLength(1);
    expect(series.addTrade(trade(420, 100)).map(({ time }) => time)).toEqual([T0 + 360]);
  });

  it('ends a quiet minute by a heartbeat, a moment after its end', () => {
    const series = new CandleSeries({ historyMinutes: 1, settleMs: 2_000, candlesKept: KEPT });
    series.caughtUp(T0 * 1000);
    series.addTrade(trade(1, 100));
    series.addTrade(trade(60, 100));
    expect(series.caughtUp((T0 + 121) * 1000)).toEqual([]);
    expect(series.unsettled()?.through).toBe(T0);
    expect(repairWith(series, [candle(0, 100)])).toEqual([candle(0, 100)]);
    expect(series.caughtUp((T0 + 122) * 1000)).toEqual([candle(1, 100)]);
  });

  it('keeps the candles after a doubtful minute until that one is read', () => {
    const series = wholeSeries();
    series.interrupt();
    series.addTrade(trade(90, 100));
    expect(series.addTrade(trade(120, 101))).toEqual([]);
    expect(series.addTrade(trade(180, 102))).toEqual([]);
    expect(repairWith(series, [candle(1, 100, 7)])).toEqual([candle(1, 100, 7), candle(2, 101)]);
  });

  it('does not take a history that lacks what was seen live, unless it must', () => {
    const series = wholeSeries();
    series.interrupt();
    series.addTrade(trade(90, 110));
    series.addTrade(trade(120, 100));
    const lagging = candle(1, 100, 2);
    expect(repairWith(series, [])).toBe('behind');
    expect(repairWith(series, [lagging])).toBe('behind');
    expect(repairWith(series, [lagging], true)).toEqual([lagging]);
  });

  it('takes what was seen live of a minute that the history does not have at all, if it must', () => {
    const series = wholeSeries();
    series.interrupt();
    series.addTrade(trade(90, 110));
    series.addTrade(trade(120, 100));
    expect(repairWith(series, [])).toBe('behind');
    expect(repairWith(series, [], true)).toEqual([{ ...candle(1, 110, 2), open: 100, low: 100 }]);
    expect(series.isWhole).toBe(true);
  });

  it('asks again when an earlier minute came into doubt while it was reading', () => {
    const series = wholeSeries();
    series.addTrade(trade(120, 100));
    series.interrupt();
    series.addTrade(trade(130, 100));
    series.addTrade(trade(180, 100));
    const range = series.unsettled();
    expect(range).toEqual({ from: T0 + 120, through: T0 + 120 });
    series.addTrade(trade(115, 90));
    expect(series.repair(range ?? { from: 0, through: 0 }, [candle(2, 100, 2)])).toEqual({ kind: 'behind' });
    expect(series.unsettled()).toEqual({ from: T0 + 60, through: T0 + 120 });
  });

  it('corrects a minute whose trade came after its end', () => {
    const series = wholeSeries();
    expect(series.caughtUp((T0 + 125) * 1000)).toEqual([candle(1, 100)]);
    series.addTrade(trade(119, 90));
    const corrected = { ...candle(1, 90, 2), open: 100, high: 100 };
    expect(repairWith(series, [corrected])).toEqual([corrected]);
  });

  it('does not begin a candle anew that waits behind a doubtful one', () => {
    const series = wholeSeries();
    series.interrupt();
    series.addTrade(trade(90, 100));
    series.addTrade(trade(120, 101));
    expect(series.caughtUp((T0 + 180) * 1000)).toEqual([]);
    series.addTrade(trade(179, 90));
    const truth = [candle(1, 100, 7), { ...candle(2, 90, 2), open: 101, high: 101 }];
    const finals = new Map<number, Candle>();
    const answer = repairWith(series, truth);
    if (Array.isArray(answer)) note(finals, answer);
    note(finals, series.addTrade(trade(185, 100)));
    expect(inOrder(finals)).toEqual(truth);
  });

  it('never wants more minutes at once than are kept, however far the time has leapt', () => {
    const series = wholeSeries();
    series.interrupt();
    const leaptTo = T0 + 31_536_000;
    series.caughtUp(leaptTo * 1000);
    const range = series.unsettled();
    expect(range).toEqual({ from: leaptTo - KEPT * 60, through: leaptTo - 60 });
    expect(repairWith(series, [])).toEqual([]);
    series.caughtUp((leaptTo + 60) * 1000);
    expect(repairWith(series, [])).toEqual([]);
    expect(series.isWhole).toBe(true);
    const minute = 31_536_000 / 60 + 1;
    series.addTrade(trade(minute * 60, 100));
    expect(series.addTrade(trade(minute * 60 + 60, 101))).toEqual([candle(minute, 100)]);
  });

  it('comes out as the exchange has it, whatever is lost, interrupted or late to be told', () => {
    const step = record({
      gapSeconds: integer({ min: 0, max: 50 }),
      price: integer({ min: 90, max: 110 }),
      size: integer({ min: 1, max: 1_000_000 }).map((units) => units / 1e6),
      // Seldom: a loss brings everything about it into doubt, and what is in doubt is read anyway.
      lost: integer({ min: 0, max: 9 }).map((drawn) => drawn === 0),
      heartbeat: boolean(),
      delayed: boolean(),
      answered: boolean(),
    });
    assert(
      property(array(step, { minLength: 1, maxLength: 80 }), (steps) => {
        // More history than any run is long: trades may be lost before the first news.
        const series = new CandleSeries({ historyMinutes: 70, settleMs: 0, candlesKept: KEPT });
        const truth = new CandleSeries({ historyMinutes: 70, settleMs: 0, candlesKept: KEPT });
        truth.caughtUp((T0 - 60) * 1000);
        repairWith(truth, []);
        const expected = new Map<number, Candle>();
        const seen = new Map<number, Candle>();
        const answer = () => {
          const finals = repairWith(series, [...expected.values()]);
          if (Array.isArray(finals)) note(seen, finals);
        };
        // What is told late, in the order of the feed; a heartbeat may come before it.
        let late: (() => void)[] = [];
        const tellLate = () => {
          for (const tell of late) tell();
          late = [];
        };
        let second = 0;
        for (const { gapSeconds, price, size, lost, heartbeat, delayed, answered } of steps) {
          second += gapSeconds;
          const next = trade(second, price, size);
          note(expected, truth.addTrade(next));
          if (truth.unsettled() !== null) repairWith(truth, []);
          late.push(() => (lost ? series.interrupt() : note(seen, series.addTrade(next))));
          if (!delayed) tellLate();
          if (heartbeat) note(seen, series.caughtUp(next.timeMs));
          if (answered) answer();
          if (late.length >= MAX_LATE) tellLate();
        }
        tellLate();
        // A quiet end: everything is told, and everything in doubt is read.
        const endMs = (T0 + second + 120) * 1000;
        note(expected, truth.caughtUp(endMs));
        note(seen, series.caughtUp(endMs));
        note(seen, series.caughtUp(endMs + 60_000));
        answer();
        expect(inOrder(seen)).toEqual(inOrder(expected));
      }),
      { numRuns: 500 },
    );
  });
});
