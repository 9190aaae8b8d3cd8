import { useCleanUp } from '../support/hooks';
import { MarketBench, PRODUCTS } from './market-bench';
import { until } from './until';

describe('history and live candles', () => {
  let bench: MarketBench;
  beforeEach(async () => (bench = await MarketBench.open()));
  afterEach(() => bench.close());
  useCleanUp();

  it('agree exactly with the exchange across the minute in which the work began', async () => {
    const began = bench.minute;
    await bench.activate();
    expect(bench.store.finals('BTC-USD').at(-1)?.time).toBe(began - 60);
    expect(bench.store.finals('BTC-USD')).toHaveLength(299);

    bench.toEndOfMinute();
    await bench.untilFinal(began);
    bench.toEndOfMinute();
    await bench.untilFinal(began + 60);
    bench.toEndOfMinute();
    await bench.untilFinal(began + 120);

    bench.expectTruth();
    expect(bench.store.finals('ETH-USD')).toHaveLength(302);
    expect(bench.errors).toEqual([]);
  });

  it('are read of more symbols than the exchange allows requests in a second, without a 429', async () => {
    const ownSimulator = await MarketBench.open({ simulatorUrl: null });
    const symbols = Array.from({ length: 16 }, (_, at) => `S${at}-USD`);
    const exchange = { ...ownSimulator.entry, symbols };
    try {
      await ownSimulator.workload.start({ ...ownSimulator.context, exchange });
    } finally {
      await ownSimulator.close();
    }
    expect(ownSimulator.errors).toEqual([]);
    for (const symbol of symbols) expect(ownSimulator.store.finals(symbol).length).toBeGreaterThan(290);
  });

  it('never show more volume in the minute in progress than was traded in it', async () => {
    await bench.activate();
    await until('the open candle is stored', () => bench.store.open('BTC-USD') !== undefined);
    const seen = bench.store.writes.length;
    await until('it is stored ten times more', () => bench.store.writes.length > seen + 10);
    for (const product of PRODUCTS) {
      const open = bench.store.open(product);
      const [truth] = bench.truth(product, bench.minute, bench.minute);
      expect(open?.time).toBe(bench.minute);
      expect(open?.open).toBe(truth?.open);
      expect(open?.volume).toBeGreaterThan(0);
      expect(open?.volume).toBeLessThanOrEqual(truth?.volume ?? 0);
    }
  });

  it('agree when the backfill takes longer than the minute lasts', async () => {
    const began = bench.minute;
    bench.simulator.faults.add({ kind: 'slowBackfill', delayMs: 300, product: 'ETH-USD' });
    const active = bench.activate();
    await until('the backfill waits', () => bench.progress.some(({ item }) => item === 'ETH-USD'));
    bench.toEndOfMinute();
    await active;
    await bench.untilFinal(began);
    bench.toEndOfMinute();
    await bench.untilFinal(began + 60);
    bench.expectTruth();
  });
});
