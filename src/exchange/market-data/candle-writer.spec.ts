import { FakeClock } from '../../fake-clock';
import type { Candle } from '../candle';
import type { FencedStore, SeriesPoint } from '../fenced-store';
import { CandleWriter } from './candle-writer';
import { CandlesDroppedError } from './market-data.errors';

interface Write {
  readonly series: string;
  readonly points: readonly SeriesPoint[];
}

/** Answers each write as the test says, at once or when it says. */
class ScriptedStore implements FencedStore {
  readonly writes: Write[] = [];
  answer: () => Promise<void> = async () => {};

  putSeries(series: string, points: readonly SeriesPoint[]): Promise<void> {
    this.writes.push({ series, points });
    return this.answer();
  }

  get times(): number[] {
    return this.writes.flatMap(({ points }) => points.map(({ at }) => at));
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function candle(time: number, close = 1): Candle {
  return { time, open: 1, high: 1, low: 1, close, volume: 1 };
}

describe('the candle writer', () => {
  let clock: FakeClock;
  let store: ScriptedStore;
  let ending: AbortController;
  let errors: unknown[];
  let fatal: unknown[];
  let held: boolean;
  let writer: CandleWriter;

  beforeEach(() => {
    clock = new FakeClock();
    store = new ScriptedStore();
    ending = new AbortController();
    errors = [];
    fatal = [];
    held = true;
    writer = new CandleWriter({
      store,
      assertHeld: () => {
        if (!held) throw new Error('the claim is lost');
      },
      recordError: (error) => errors.push(error),
      onFatal: (error) => fatal.push(error),
      signal: ending.signal,
      clock,
      random: () => 0.999,
      candlesKept: 1_000,
      openIntervalMs: 1_000,
      retryBaseMs: 100,
      retryCapMs: 400,
    });
  });
  afterEach(async () => {
    ending.abort();
    writer.stop();
    await clock.settle();
    expect(clock.pendingTimers).toBe(0);
  });

  it('writes final candles at once, in batches, oldest first', async () => {
    const candles = Array.from({ length: 450 }, (_, at) => candle(at * 60));
    writer.putFinal('BTC-USD', candles.toReversed());
    await writer.settled();
    expect(store.writes.map(({ points }) => points.length)).toEqual([200, 200, 50]);
    expect(store.times).toEqual(candles.map(({ time }) => time));
    expect(store.writes[0]?.series).toBe('candles:BTC-USD:1m');
    expect(JSON.parse(store.writes[0]?.points[0]?.value ?? '')).toEqual({ ...candle(0), final: true });
  });

  it('writes the candle in progress once a second, in its latest state', async () => {
    for (let close = 1; close <= 50; close++) {
      writer.putOpen('BTC-USD', candle(60, close));
      await clock.advance(100);
    }
    const closes = store.writes.map(({ points }) => (JSON.parse(points[0]?.value ?? '') as Candle).close);
    expect(closes).toEqual([10, 20, 30, 40, 50]);
  });

  it('never writes an old state over the final candle', async () => {
    writer.putOpen('BTC-USD', candle(60, 1));
    writer.putFinal('BTC-USD', [candle(60, 2)]);
    await clock.advance(5_000);
    expect(store.writes).toHaveLength(1);
  });

  it('writes one after the other', async () => {
    const answers: (() => void)[] = [];
    store.answer = () => new Promise((resolve) => answers.push(resolve));
    writer.putFinal('BTC-USD', [candle(60)]);
    writer.putFinal('ETH-USD', [candle(60)]);
    await clock.settle();
    expect(store.writes).toHaveLength(1);
    answers[0]?.();
    await clock.settle();
    expect(store.writes).toHaveLength(2);
    answers[1]?.();
    await writer.settled();
  });

  it('tries again with growing waits while the store is away, and keeps everything', async () => {
    store.answer = () => Promise.reject(failure('STORE_UNAVAILABLE'));
    writer.putFinal('BTC-USD', [candle(60)]);
    await clock.advance(99);
    expect(store.writes).toHaveLength(1);
    await clock.advance(1);
    expect(store.writes).toHaveLength(2);
    await clock.advance(200);
    writer.putFinal('BTC-USD', [candle(120)]);
    store.answer = async () => {};
    await clock.advance(400);
    expect(store.writes.at(-1)?.points.map(({ at }) => at)).toEqual([60, 120]);
    expect(errors).toHaveLength(3);
    expect(fatal).toEqual([]);
  });

  it('keeps only the newest candles for a store that stays away, and says so', async () => {
    store.answer = () => Promise.reject(failure('STORE_UNAVAILABLE'));
    writer.putFinal('BTC-USD', [candle(0)]);
    await clock.settle();
    for (let at = 1; at < 1_500; at++) writer.putFinal('BTC-USD', [candle(at * 60)]);
    expect(errors.filter((error) => error instanceof CandlesDroppedError)).toHaveLength(1);
    store.answer = async () => {};
    store.writes.length = 0;
    await clock.advance(1_000);
    expect(store.times).toHaveLength(1_000);
    expect(store.times[0]).toBe(500 * 60);
  });

  it('stores the newest of more candles than are kept, and blames nobody', async () => {
    writer.putFinal(
      'BTC-USD',
      Array.from({ length: 1_500 }, (_, at) => candle(at * 60)),
    );
    await writer.settled();
    expect(store.times).toHaveLength(1_000);
    expect(store.times[0]).toBe(500 * 60);
    expect(errors).toEqual([]);
  });

  it.each(['FENCED_OUT', 'ANYTHING_ELSE'])('gives up for good when the store says %s', async (code) => {
    store.answer = () => Promise.reject(failure(code));
    writer.putFinal('BTC-USD', [candle(60)]);
    writer.putFinal('ETH-USD', [candle(60)]);
    await writer.settled();
    writer.putFinal('BTC-USD', [candle(120)]);
    await clock.advance(10_000);
    expect(store.writes).toHaveLength(1);
    expect(fatal).toMatchObject([{ code }]);
  });

  it('checks the claim before every write', async () => {
    writer.putFinal('BTC-USD', [candle(60)]);
    await writer.settled();
    held = false;
    writer.putFinal('BTC-USD', [candle(120)]);
    await writer.settled();
    expect(store.writes).toHaveLength(1);
    expect(fatal).toMatchObject([{ message: 'the claim is lost' }]);
  });

  it('writes nothing while it is held, and everything afterwards', async () => {
    writer.hold();
    writer.putFinal('BTC-USD', [candle(60)]);
    writer.putOpen('BTC-USD', candle(120));
    await clock.advance(5_000);
    expect(store.writes).toEqual([]);
    writer.release();
    await clock.advance(1_000);
    expect(store.times).toEqual([60, 120]);
  });

  it('ends its waiting when the work ends', async () => {
    store.answer = () => Promise.reject(failure('STORE_UNAVAILABLE'));
    writer.putFinal('BTC-USD', [candle(60)]);
    await clock.settle();
    ending.abort();
    await writer.settled();
    await clock.advance(10_000);
    expect(store.writes).toHaveLength(1);
    expect(fatal).toEqual([]);
  });
});
