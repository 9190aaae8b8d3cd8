import { useCleanUp } from '../support/hooks';
import { MarketBench, PRODUCTS } from './market-bench';
import { until } from './until';

describe('the work, when all is well', () => {
  let bench: MarketBench;
  beforeEach(async () => (bench = await MarketBench.open()));
  afterEach(() => bench.close());
  useCleanUp();

  it('reports its start in three phases whose percentage never goes back', async () => {
    await bench.activate();
    const phases = bench.progress.map(({ phase }) => phase);
    expect([...new Set(phases)]).toEqual(['connect', 'backfill', 'indicators']);
    const percents = bench.progress.map(({ percent }) => percent);
    expect(percents).toEqual([...percents].sort((left, right) => left - right));
    expect(percents[0]).toBe(0);
    expect(bench.progress.at(-1)).toEqual({
      phase: 'indicators',
      percent: 100,
      current: 68,
      total: 68,
      item: null,
    });
    expect(bench.symbolCount).toBe(PRODUCTS.length);
  });

  it('tells the witness who it is', async () => {
    await bench.activate();
    expect(bench.witness?.intervals.map(({ client }) => client)).toEqual(['bench']);
  });

  it('warms up from live candles when there is too little history', async () => {
    await bench.close();
    bench = await MarketBench.open({ historyMinutes: 30 });
    await bench.workload.start(bench.context);
    const warming = bench.workload.warmUp();
    for (let minutes = 0; minutes < 6; minutes++) {
      const minute = bench.minute;
      bench.toEndOfMinute();
      await bench.untilFinal(minute);
    }
    await warming;
    expect(bench.progress.at(-1)?.percent).toBe(100);
    bench.expectTruth();
  });

  it.each([5, -5])('goes by the time of the exchange where the clock here is %i days off', async (days) => {
    bench.clock.setWallBy(days * 86_400_000);
    await bench.activate();
    const { minute } = bench;
    bench.toEndOfMinute();
    await bench.untilFinal(minute);
    bench.expectTruth();
  });

  it('stores the candle in progress no more often than the interval', async () => {
    await bench.close();
    bench = await MarketBench.open({ openIntervalMs: 200 });
    await bench.activate();
    const before = bench.store.writes.length;
    const beganMs = performance.now();
    await until('six states are stored', () => bench.store.writes.length >= before + 6);
    // Two products, so six writes are three rounds; the first one is due after a whole interval.
    expect(performance.now() - beganMs).toBeGreaterThan(2 * 200 - 20);
  });
});

describe('pausing the work', () => {
  let bench: MarketBench;
  beforeEach(async () => {
    bench = await MarketBench.open();
    await bench.activate();
  });
  afterEach(() => bench.close());
  useCleanUp();

  it('keeps the connection and publishes nothing', async () => {
    bench.workload.pause();
    bench.workload.pause();
    const writes = bench.store.writes.length;
    const minute = bench.minute;
    bench.toEndOfMinute();
    await until('the next minute has begun', () => bench.minute > minute);
    await until('the exchange goes on', () => bench.nowMs % 60_000 > 400);
    expect(bench.store.writes.length).toBeLessThanOrEqual(writes + PRODUCTS.length);
    expect(bench.store.finals('BTC-USD').at(-1)?.time).toBe(minute - 60);
    expect(bench.workload.connected).toBe(true);
    expect(bench.witness?.now).toBe(1);
    expect(bench.workload.queueDepth).toBe(0);
  });

  it('loses nothing: what happened meanwhile is read when it goes on', async () => {
    const began = bench.minute;
    bench.workload.pause();
    for (let minutes = 0; minutes < 3; minutes++) {
      const minute = bench.minute;
      bench.toEndOfMinute();
      await until('the next minute has begun', () => bench.minute > minute);
    }
    bench.workload.resume();
    bench.workload.resume();
    await bench.untilFinal(began + 120);
    bench.toEndOfMinute();
    await bench.untilFinal(began + 180);
    bench.toEndOfMinute();
    await bench.untilFinal(began + 240);
    bench.expectTruth();
    expect(bench.witness?.intervals).toHaveLength(1);
  });
});

describe('pausing the work before it runs', () => {
  let bench: MarketBench;
  beforeEach(async () => (bench = await MarketBench.open()));
  afterEach(() => bench.close());
  useCleanUp();

  it('lets it get ready and loses nothing', async () => {
    const began = bench.minute;
    bench.simulator.faults.add({ kind: 'slowBackfill', delayMs: 300 });
    const active = bench.activate();
    await until('the backfill waits', () => bench.progress.some(({ phase }) => phase === 'backfill'));
    bench.workload.pause();
    bench.toEndOfMinute();
    await until('the next minute has begun', () => bench.minute > began);
    await active;
    expect(bench.store.writes).toEqual([]);
    bench.workload.resume();
    await bench.untilFinal(began);
    bench.toEndOfMinute();
    await bench.untilFinal(began + 60);
    bench.toEndOfMinute();
    await bench.untilFinal(began + 120);
    bench.expectTruth();
  });
});

describe('the work and its store', () => {
  let bench: MarketBench;
  beforeEach(async () => (bench = await MarketBench.open()));
  afterEach(() => bench.close());
  useCleanUp();

  it('ends at once when a newer holder exists', async () => {
    const { running } = await bench.activate();
    bench.store.mode = 'fenced-out';
    await expect(running).rejects.toMatchObject({ code: 'FENCED_OUT' });
    await until('nobody is connected', () => bench.witness?.sockets.now === 0);
    const writes = bench.store.writes.length;
    bench.toEndOfMinute();
    await bench.workload.stop();
    expect(bench.store.writes).toHaveLength(writes);
  });

  it('does not start when a newer holder exists', async () => {
    bench.store.mode = 'fenced-out';
    await expect(bench.workload.start(bench.context)).rejects.toMatchObject({ code: 'FENCED_OUT' });
  });

  it('keeps the candles while the store is away, and brings them all when it is back', async () => {
    const { running } = await bench.activate();
    const began = bench.minute;
    bench.store.mode = 'unavailable';
    for (let minutes = 0; minutes < 3; minutes++) {
      const minute = bench.minute;
      bench.toEndOfMinute();
      await until('the next minute has begun', () => bench.minute > minute);
    }
    await until('the failure was told', () => bench.errors.includes('the store says STORE_UNAVAILABLE'));
    bench.store.mode = 'up';
    await bench.untilFinal(began + 120);
    bench.toEndOfMinute();
    await bench.untilFinal(began + 180);
    bench.expectTruth();
    await bench.workload.stop();
    await running;
  });

  it('writes nothing once the claim can no longer be proven', async () => {
    const { running } = await bench.activate();
    const writes = bench.store.writes.length;
    bench.held = false;
    await expect(running).rejects.toThrow('the claim is lost');
    expect(bench.store.writes.length).toBeLessThanOrEqual(writes + 1);
  });
});
