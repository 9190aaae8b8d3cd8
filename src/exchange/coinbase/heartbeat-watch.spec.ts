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
    // By hand: the timer fires, and the heartbeats are read in the same turn of the loop.
    let nowMs = 0;
    let fire: () => void = () => {};
    const blocked = new HeartbeatWatch({
      clock: {
        read: () => ({ monotonicMs: nowMs, wallMs: nowMs, bootMs: nowMs }),
        setTimer: (_delayMs, onFire) => {
          fire = onFire;
          return { cancel: () => {} };
        },
      },
      products: ['BTC-USD'],
      stallMs: 1_000,
      onStall: (product, silentMs) => stalls.push([product, silentMs]),
    });
    blocked.start();
    nowMs = 5_000;
    fire();
    blocked.beat('BTC-USD');
    await new Promise((resolve) => setImmediate(resolve));
    expect(stalls).toEqual([]);

    nowMs = 6_000;
    fire();
    await new Promise((resolve) => setImmediate(resolve));
    expect(stalls).toEqual([['BTC-USD', 1_000]]);
  });

  it('says nothing after it was stopped', async () => {
    await clock.advance(500);
    watch.stop();
    await halfway();
    await halfway();
    expect(stalls).toEqual([]);
  });
});
