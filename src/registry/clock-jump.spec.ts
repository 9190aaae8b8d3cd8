import { FakeClock } from '../fake-clock';
import { ClockJumpDetector } from './clock-jump';

/** Observes replies of a store whose clock is ahead of ours by `skews[i]`, one every 15 s, each taking 100 ms. */
async function jumps(skews: readonly number[]): Promise<number[]> {
  const clock = new FakeClock();
  const detector = new ClockJumpDetector(5_000);
  const seen: number[] = [];
  for (const skewMs of skews) {
    const sentAt = clock.read();
    await clock.advance(50);
    const storeTimeMs = clock.read().wallMs + skewMs;
    await clock.advance(50);
    seen.push(detector.observe(storeTimeMs, sentAt, clock.read()));
    await clock.advance(15_000);
  }
  return seen;
}

describe('ClockJumpDetector', () => {
  it.each([
    ['a clock that is only ahead of ours', [3_600_000, 3_600_000, 3_600_000], [0, 0, 0]],
    ['a drift within the tolerance', [0, 4_000, 8_000], [0, 0, 0]],
    ['a jump forward of just the tolerance and the time of a reply', [0, 5_100, 5_100], [0, 0, 0]],
    ['a jump back of just the tolerance and the time of a reply', [0, -5_100, -5_100], [0, 0, 0]],
    ['a jump forward of a millisecond more', [0, 5_101, 5_101], [0, 5_001, 0]],
    ['a jump back of a millisecond more', [0, -5_101, -5_101], [0, -5_001, 0]],
    ['a jump forward', [0, 20_000, 20_000], [0, 19_900, 0]],
    ['a jump back', [0, -20_000, -20_000], [0, -19_900, 0]],
  ])('sees %s for what it is', async (_what, skews, expected) => {
    expect(await jumps(skews)).toEqual(expected);
  });
});
