import { MarketBench } from './market-bench';
import type { MarketDataFactoryOptions } from '../../src/exchange/market-data/market-data-workload.factory';
import { useCleanUp } from '../support/hooks';
import { expectNoLeaks, openHandles } from '../support/leaks';
import { until } from './until';

describe('stopping the work', () => {
  let bench: MarketBench;
  let handles: ReadonlyMap<string, number>;
  beforeEach(() => openBench());
  afterEach(() => bench.close());
  useCleanUp();

  async function openBench(options: MarketDataFactoryOptions = {}): Promise<void> {
    await (bench as MarketBench | undefined)?.close();
    bench = await MarketBench.open(options);
    handles = openHandles();
  }

  async function expectNothingLeft(): Promise<void> {
    const writes = bench.store.writes.length;
    const alerts = bench.alerts.length;
    await until('the exchange sees nobody', () => (bench.witness?.sockets.now ?? 0) === 0);
    bench.toEndOfMinute();
    await expectNoLeaks(handles);
    expect(bench.clock.pendingTimers).toBe(0);
    expect(bench.store.writes).toHaveLength(writes);
    expect(bench.alerts).toHaveLength(alerts);
    expect(bench.workload.connected).toBe(false);
    expect(bench.workload.queueDepth).toBe(0);
  }

  it('before it was started leaves nothing behind', async () => {
    await bench.workload.stop();
    await expectNothingLeft();
  });

  it('while it connects makes the start reject and leaves nothing behind', async () => {
    bench.simulator.faults.add({ kind: 'refusal', of: 'socket', count: 1_000 });
    const start = bench.workload.start(bench.context);
    start.catch(() => {});
    await until('it has begun', () => bench.progress.length > 0);
    await bench.workload.stop();
    await expect(start).rejects.toThrow();
    await expectNothingLeft();
  });

  it('while a product is still silent makes the start reject at once', async () => {
    bench.simulator.faults.add({ kind: 'stall', forMs: 60_000 });
    const start = bench.workload.start(bench.context);
    start.catch(() => {});
    await until('it is connected', () => bench.witness?.now === 1);
    await bench.workload.stop();
    await expect(start).rejects.toThrow('The workload was stopped');
    await expectNothingLeft();
  });

  it('while the backfill is slow abandons the request', async () => {
    // Not longer: the simulator keeps its side of the request open until it would have answered.
    bench.simulator.faults.add({ kind: 'slowBackfill', delayMs: 1_500 });
    const start = bench.workload.start(bench.context);
    start.catch(() => {});
    await until('the request has arrived', () => bench.simulator.faults.list().length === 0);
    await bench.workload.stop();
    await expect(start).rejects.toThrow('The workload was stopped');
    await expectNothingLeft();
  });

  it('while it waits for a try to come makes the start reject at once', async () => {
    await openBench({ timings: { retryAfterCapMs: 60_000 } });
    bench.simulator.faults.add({ kind: 'http429', retryAfterSeconds: 60, count: 10 });
    const start = bench.workload.start(bench.context);
    start.catch(() => {});
    await until('it waits', () => bench.errors.some((error) => /next in 60000 ms/.test(error)));
    await bench.workload.stop();
    await expect(start).rejects.toThrow('The workload was stopped');
    await expectNothingLeft();
  });

  it('while indicators warm up makes the warm-up reject', async () => {
    await openBench({ historyMinutes: 10 });
    await bench.workload.start(bench.context);
    const warming = bench.workload.warmUp();
    warming.catch(() => {});
    await until('it warms up', () => bench.progress.some(({ phase }) => phase === 'indicators'));
    await bench.workload.stop();
    await expect(warming).rejects.toThrow('The workload was stopped');
    await expectNothingLeft();
  });

  it('while it runs ends the run and stores what was final', async () => {
    const { running } = await bench.activate();
    const began = bench.minute;
    bench.toEndOfMinute();
    await bench.untilFinal(began);
    await bench.workload.stop();
    await expect(running).resolves.toBeUndefined();
    await expectNothingLeft();
  });

  it('while it is paused leaves nothing behind', async () => {
    const { running } = await bench.activate();
    bench.workload.pause();
    await bench.workload.stop();
    await running;
    await expectNothingLeft();
  });

  it('while a write hangs gives the write up', async () => {
    const { running } = await bench.activate();
    bench.store.mode = 'hanging';
    const writes = bench.store.writes.length;
    await until('a write hangs', () => bench.store.writes.length > writes);
    await bench.workload.stop();
    await running;
    await expectNothingLeft();
  });

  it('while it is connecting again leaves nothing behind', async () => {
    const { running } = await bench.activate();
    bench.simulator.faults.add({ kind: 'refusal', of: 'socket', count: 1_000 });
    bench.simulator.faults.add({ kind: 'close' });
    await until('it tries', () => bench.errors.some((error) => error.includes('503')));
    await bench.workload.stop();
    await running;
    await expectNothingLeft();
  });

  it('twice is stopping once', async () => {
    await bench.activate();
    await Promise.all([bench.workload.stop(), bench.workload.stop()]);
    await expectNothingLeft();
  });

  it('is not waited for when the signal is aborted: the connection is cut at once', async () => {
    const { running } = await bench.activate();
    bench.abort.abort(new Error('the claim is lost'));
    expect(bench.workload.queueDepth).toBe(0);
    await running;
    await until('the exchange sees nobody', () => bench.witness?.sockets.now === 0);
    await bench.workload.stop();
    await expectNothingLeft();
  });

  it('needs nothing when the signal was aborted before the start', async () => {
    bench.abort.abort(new Error('the claim is lost'));
    await expect(bench.workload.start(bench.context)).rejects.toThrow('the claim is lost');
    await expectNothingLeft();
  });

  it('closes the simulator that the workload started itself', async () => {
    await openBench({ simulatorUrl: undefined });
    const { running } = await bench.activate();
    expect(bench.workload.connected).toBe(true);
    expect(bench.witness).toBeUndefined();
    await bench.workload.stop();
    await running;
    await expectNothingLeft();
  });
});
