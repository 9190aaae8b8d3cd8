import { FakeClock } from '../../fake-clock';
import { HeartbeatWatch } from './heartbeat-watch';

describe('the heartbeat watch', () => {
  let clock: FakeClock;
  let stalls: [string, number][];
  let watch: HeartbeatWatch;

  beforeEach(() => {
    clock = new FakeClock();
    stalls = [];
    watch = new HeartbeatWatch({
      clock,
      products: ['BTC-USD', 'ETH-USD'],
      stallMs: 1_000,
      onStall: (product, silentMs) => stalls.push([product, silentMs]),
    });
    watch.start();
  });
  afterEach(() => {
    watch.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  /** Half a stall passes, and whatever waited for the event loop's next turn is done. */
  async function halfway(): Promise<void> {
    await clock.advance(500);
    await new Promise((resolve) => setImmediate(resolve));
  }

  it('is content while every product beats', async () => {
    for (let turn = 0; turn < 10; turn++) {
      await halfway();
      watch.beat('BTC-USD');
      watch.beat('ETH-USD');
    }
    expect(stalls).toEqual([]);
  });

  it('names the product that has fallen silent, once', async () => {
    for (let turn = 0; turn < 6; turn++) {
      await halfway();
      watch.beat('BTC-USD');
    }
    expect(stalls).toEqual([['ETH-USD', 1_000]]);
  });

  it('lets heartbeats in that waited while the event loop was blocked', async () => {
    await clock.advance(499);
    clock.block(5_000);
    // The timer fires first; the waiting heartbeats are read in the same turn of the loop.
    await clock.advance(1);
    watch.beat('BTC-USD');
    watch.beat('ETH-USD');
    await new Promise((resolve) => setImmediate(resolve));
    expect(stalls).toEqual([]);
  });

  it('says nothing after it was stopped', async () => {
    await clock.advance(500);
    watch.stop();
    await halfway();
    await halfway();
    expect(stalls).toEqual([]);
  });
});
