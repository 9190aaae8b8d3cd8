import { FakeClock } from '../../fake-clock';
import { FailureReport } from './failure-report';

class OneKind extends Error {}
class AnotherKind extends Error {}

describe('the report of failures', () => {
  const MINUTE_MS = 60_000;
  let clock: FakeClock;
  let told: string[];
  let report: FailureReport;

  beforeEach(() => {
    clock = new FakeClock();
    told = [];
    report = new FailureReport(clock, (error) => told.push(String(error)));
  });

  const fail = (count: number, error: unknown) => {
    for (let failure = 0; failure < count; failure++) report.note(error);
  };

  it('tells twenty of a kind as they come, and no more of them at once', () => {
    fail(21, new OneKind('x'));
    expect(told).toHaveLength(20);
    fail(1, new AnotherKind('y'));
    expect(told.slice(20)).toEqual(['Error: y']);
  });

  it('tells one in five minutes after that, and how many were left out before it', async () => {
    fail(30, new OneKind('x'));
    await clock.advance(5 * MINUTE_MS - 1);
    fail(1, new OneKind('x'));
    expect(told).toHaveLength(20);
    await clock.advance(1);
    fail(2, new OneKind('again'));
    expect(told.slice(20)).toEqual([
      expect.stringContaining('11 failures like the next one'),
      'Error: again',
    ]);
    await clock.advance(5 * MINUTE_MS);
    fail(1, new OneKind('later'));
    expect(told.slice(22)).toEqual([expect.stringMatching(/\b1 failure like/), 'Error: later']);
  });

  it('tells twenty at once again after a long rest, and never more', async () => {
    fail(20, 'no error at all');
    await clock.advance(1_000 * MINUTE_MS);
    fail(50, 'no error at all');
    expect(told).toHaveLength(40);
  });

  it('tells a day of failures in few entries', async () => {
    for (let second = 0; second < 86_400; second += 10) {
      fail(1, new OneKind('x'));
      clock.block(10_000);
    }
    expect(told.length).toBeLessThan(20 + 2 * 289);
  });
});
