import { FakeClock } from '../../fake-clock';
import { TokenBucket } from './token-bucket';

describe('the token bucket', () => {
  const never = new AbortController().signal;

  it('lets a burst through, then what it leaves of ten a second, in order', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket({ clock, burst: 3, perSecond: 13 });
    const gone: number[] = [];
    for (let at = 0; at < 10; at++) void bucket.take(never).then(() => gone.push(at));
    await clock.settle();
    expect(gone).toEqual([0, 1, 2]);
    await clock.advance(350);
    expect(gone).toEqual([0, 1, 2, 3, 4, 5]);
    await clock.advance(1_000);
    expect(gone).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('lets no more than ten go in any one second, the burst included', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket({ clock, burst: 2, perSecond: 10 });
    const gone: number[] = [];
    const ask = (times: number) => {
      for (let at = 0; at < times; at += 1)
        void bucket.take(never).then(() => gone.push(clock.read().monotonicMs));
    };
    ask(25);
    await clock.advance(1_700);
    ask(25);
    await clock.advance(20_000);
    ask(25);
    await clock.advance(10_000);
    expect(gone).toHaveLength(75);
    const inSecondFrom = (from: number) => gone.filter((at) => at >= from && at < from + 1_000).length;
    expect(Math.max(...gone.map(inSecondFrom))).toBeLessThanOrEqual(10);
  });

  it.each([0, 10, 11])('refuses a burst of %d of ten a second', (burst) => {
    expect(() => new TokenBucket({ clock: new FakeClock(), burst, perSecond: 10 })).toThrow(/^burst: /);
  });

  it('saves up no more than a burst', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket({ clock, burst: 2, perSecond: 10 });
    await clock.advance(60_000);
    let gone = 0;
    for (let at = 0; at < 5; at++) void bucket.take(never).then(() => (gone += 1));
    await clock.settle();
    expect(gone).toBe(2);
    await clock.advance(1_000);
  });

  it('lets those behind pass when one gives up', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket({ clock, burst: 1, perSecond: 11 });
    await bucket.take(never);
    const leaving = new AbortController();
    const first = bucket.take(leaving.signal);
    const second = bucket.take(never);
    first.catch(() => {});
    await clock.settle();
    leaving.abort(new Error('no longer wanted'));
    await expect(first).rejects.toThrow('no longer wanted');
    await clock.advance(100);
    await second;
    expect(clock.pendingTimers).toBe(0);
  });
});
