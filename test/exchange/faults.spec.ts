import type { FaultInput } from '../../src/exchange/simulator/fault.schema';
import { useCleanUp } from '../support/hooks';
import { waitFor } from '../support/wait-for';
import { MarketBench, PRODUCTS } from './market-bench';
import { until } from './until';

describe('the work on a faulty exchange', () => {
  let bench: MarketBench;
  beforeEach(async () => (bench = await MarketBench.open()));
  afterEach(() => bench.close());
  useCleanUp();

  /** Ends the minute, and one more, and compares everything with the exchange. */
  async function expectTruthAfter(minute: number): Promise<void> {
    bench.toEndOfMinute();
    await bench.untilFinal(minute);
    bench.toEndOfMinute();
    await bench.untilFinal(minute + 60);
    bench.expectTruth();
  }

  describe.each<[string, FaultInput, RegExp]>([
    ['answers 429', { kind: 'http429', count: 3 }, /failed \(status 429\), try 3/],
    ['answers 429 and asks for patience', { kind: 'http429', retryAfterSeconds: 30 }, /next in 200 ms/],
    ['answers 500', { kind: 'http500', count: 2 }, /failed \(status 500\), try 2/],
    ['answers with HTML', { kind: 'html' }, /not JSON/],
    ['answers with half a candle', { kind: 'halfCandle' }, /not JSON/],
    ['gives no answer', { kind: 'nothing' }, /no answer within 1000 ms/],
  ])('that %s', (_, fault, expected) => {
    it('starts all the same, and tells of it', async () => {
      bench.simulator.faults.add(fault);
      const began = bench.minute;
      await bench.activate();
      expect(bench.errors.join('\n')).toMatch(expected);
      await expectTruthAfter(began);
    });
  });

  describe.each<[string, FaultInput, RegExp]>([
    ['loses trades', { kind: 'gap', count: 4, product: 'BTC-USD' }, /BTC-USD: \d trades? are missing/],
    ['closes the connection', { kind: 'close', product: 'BTC-USD' }, /disconnected: closed with code 1011/],
    ['breaks the connection off', { kind: 'close', code: 1006 }, /disconnected: closed with code 1006/],
  ])('that %s', (_, fault, expected) => {
    it('reads the minute again, and says when it is whole', async () => {
      await bench.activate();
      const began = bench.minute;
      bench.toEndOfMinute();
      await bench.untilFinal(began);
      bench.simulator.faults.add(fault);
      await until('the fault was met', () => expected.test(bench.errors.join('\n')));
      await expectTruthAfter(began + 60);
      await until('the recovery was told', () => bench.alerts.some(({ name }) => name === 'feed-recovered'));
    });
  });

  describe.each<[string, FaultInput, RegExp]>([
    [
      'sends messages of unknown types',
      { kind: 'unknownMessage', count: 5 },
      /message type "simulated_unknown"/,
    ],
    ['sends garbage', { kind: 'garbage', count: 5 }, /not JSON/],
  ])('that %s', (_, fault, expected) => {
    it('ignores them, and tells of the first alone', async () => {
      await bench.activate();
      const began = bench.minute;
      bench.simulator.faults.add(fault);
      await until('the messages were sent', () => bench.simulator.faults.list().length === 0);
      await expectTruthAfter(began);
      expect(bench.errors).toHaveLength(1);
      expect(bench.errors[0]).toMatch(expected);
    });
  });

  it('fills no log with trades that are lost without end', async () => {
    await bench.activate();
    const began = bench.minute;
    bench.simulator.faults.add({ kind: 'gap', count: 500 });
    await until('some are noticed', () => bench.errors.length > 0);
    await waitFor(() => bench.simulator.faults.list().length === 0, {
      describe: 'all are lost',
      timeoutMs: 25_000,
    });
    await expectTruthAfter(began);
    expect(bench.errors).toHaveLength(PRODUCTS.length);
    expect(bench.errors.join('\n')).toMatch(/^BTC-USD: \d+ trades are missing/m);
  });

  it('counts a trade once that is sent three times', async () => {
    await bench.activate();
    const began = bench.minute;
    bench.toEndOfMinute();
    await bench.untilFinal(began);
    bench.simulator.faults.add({ kind: 'duplicates', times: 3, count: 100 });
    await until('the duplicates were sent', () => bench.simulator.faults.list().length === 0);
    await expectTruthAfter(began + 60);
    expect(bench.errors).toEqual([]);
  });

  it('connects again when the heartbeats stay away', async () => {
    await bench.activate();
    const began = bench.minute;
    bench.simulator.faults.add({ kind: 'stall', forMs: 4_000 });
    await until('the stall was noticed', () =>
      bench.errors.some((error) => /stalled: no heartbeat/.test(error)),
    );
    await until('it is connected again', () => bench.workload.connected);
    await until('the stall is over', () => bench.simulator.faults.list().length === 0);
    await expectTruthAfter(began);
    expect(bench.witness?.max).toBe(1);
  });

  it('corrects a minute whose last trades came late', async () => {
    await bench.activate();
    const began = bench.minute;
    bench.toEndOfMinute();
    await bench.untilFinal(began);
    bench.simulator.faults.add({ kind: 'slowTicks', delayMs: 2_000, forMs: 90_000 });
    bench.toEndOfMinute();
    await bench.untilFinal(began + 60);
    bench.toEndOfMinute();
    await bench.untilFinal(began + 120);
    await until('every candle is right', () => bench.isTrue());
  });

  it('reads everything that happened while it was away', async () => {
    await bench.activate();
    const began = bench.minute;
    bench.simulator.faults.add({ kind: 'close' });
    bench.leap(10 * 60_000);
    await bench.untilFinal(began + 9 * 60);
    await expectTruthAfter(began + 10 * 60);
  });

  it('tries again when a socket is refused', async () => {
    bench.simulator.faults.add({ kind: 'refusal', count: 2 });
    await bench.activate();
    expect(bench.errors).toHaveLength(2);
    expect(bench.errors[0]).toMatch(/disconnected: .*503/);
  });

  it('does not start when the subscription is refused again and again', async () => {
    bench.simulator.faults.add({ kind: 'refusal', of: 'subscribe', count: 1_000 });
    await expect(bench.workload.start(bench.context)).rejects.toThrow(
      /refuses the subscription: Failed to subscribe/,
    );
    expect(bench.workload.connected).toBe(false);
  });

  it('does not start when the history cannot be had', async () => {
    bench.simulator.faults.add({ kind: 'http500', count: 10 });
    await expect(bench.workload.start(bench.context)).rejects.toThrow(
      /no usable answer in 5 tries: status 500/,
    );
  });

  it('does not start when a product stays silent', async () => {
    await bench.close();
    bench = await MarketBench.open({ firstNewsMs: 1_500 });
    bench.simulator.faults.add({ kind: 'stall', forMs: 60_000, product: 'ETH-USD' });
    await expect(bench.workload.start(bench.context)).rejects.toThrow(/No news of ETH-USD within 1500 ms/);
  });

  it('does not connect again once the claim can no longer be proven, and ends', async () => {
    const { running } = await bench.activate();
    bench.held = false;
    bench.simulator.faults.add({ kind: 'close' });
    await expect(running).rejects.toThrow('the claim is lost');
    await until('nobody is connected', () => bench.witness?.sockets.now === 0);
    expect(bench.witness?.intervals).toHaveLength(1);
  });
});
