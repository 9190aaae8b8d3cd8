import { FakeClock } from '../../fake-clock';
import { TokenBucket } from './token-bucket';

describe('the token bucket', () => {
  const never = new AbortController().signal;

  it('lets a burst through, then ten a second, in order', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket({ clock, capacity: 3, perSecond: 10 });
    const gone: number[] = [];
    for (let at = 0; at < 10; at++) void bucket.take(never).then(() => gone.push(at));
    await clock.settle();
    expect(gone).toEqual([0, 1, 2]);
    await clock.advance(350);
    expect(gone).toEqual([0, 1, 2, 3, 4, 5]);
    await clock.advance(1_000);
    expect(gone).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('saves up no more than a burst', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket({ clock, capacity: 2, perSecond: 10 });
    await clock.advance(60_000);
    let gone = 0;
    for (let at = 0; at < 5; at++) void bucket.take(never).then(() => (gone += 1));
    await clock.settle();
    expect(gone).toBe(2);
    await clock.advance(1_000);
  });

  it('lets those behind pass when one gives up', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket({ clock, capacity: 1, perSecond: 10 });
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
