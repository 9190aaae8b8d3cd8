/** A slice of `npm run schedule`: what every `npm test` tries. */
import 'reflect-metadata';
import { useCleanUp } from '../support/hooks';
import { huntFor } from './bug-hunt';
import { SCHEDULED_BUGS, type ScheduledBugName } from './planted-bugs';
import { neglected, type Counts, type ReachedPlace } from './reached';
import { runSchedule } from './run-schedule';
import { search } from './search';

const SLICE = [1, 2];

/** The promise that each bug breaks, whatever else it breaks. Those that hide for longer are left to `npm run verify`. */
const BROKEN: Readonly<Partial<Record<ScheduledBugName, RegExp>>> = {
  'blind-renewal': /^release order/,
  'status-without-ttl': /^status TTL/,
  'release-before-stop': /^release order/,
  'no-fence': /^fencing/,
  'no-grace': /^exclusion/,
  'stop-forgotten': /^(stop kept|timers after close)/,
  'renewal-after-release': /^release order/,
  'late-timer-trusted': /^deadline/,
  'unanswered-is-logged': /^activity/,
};

describe('two instances, under schedules of every order', () => {
  useCleanUp();

  it('keep every promise in the schedules of the first seeds, most of which get to the live work', async () => {
    const reached: Counts = {};
    let schedules = 0;
    for (const seed of SLICE) {
      const { finding, ...report } = await search(seed);
      expect(finding === null ? `${seed}: kept` : `${seed}, path ${finding.path}: ${finding.message}`).toBe(
        `${seed}: kept`,
      );
      schedules += report.schedules;
      for (const [place, count] of Object.entries(report.reached) as [ReachedPlace, number][])
        reached[place] = (reached[place] ?? 0) + count;
    }
    expect(neglected(reached, schedules)).toEqual([]);
  }, 240_000);

  it('do the same again under the same schedule', async () => {
    const setup = { seed: 7, isDouble: true, autostart: true, standby: true, times: 1 };
    const moves = Array.from({ length: 40 }, (_, at) => (at * 7_919_317) % 2 ** 24);
    const again = () => runSchedule({ ...setup, opening: 'active' }, moves);
    const [one, two] = [await again(), await again()];
    expect(two.trace()).toEqual(one.trace());
    expect(two.steps).toBe(one.steps);
  });
});

describe('a search of schedules', () => {
  useCleanUp();

  it.each(Object.entries(BROKEN) as [ScheduledBugName, RegExp][])(
    'finds the planted bug %s',
    async (bug, broken) => {
      expect(await huntFor(bug, 2)).toMatch(broken);
    },
    120_000,
  );

  it('shrinks what it finds to a few moves, and finds it again by seed and path', async () => {
    const bug = SCHEDULED_BUGS['renewal-after-release'];
    const { finding } = await search(1, { bug });
    expect(finding?.moves.length).toBeLessThan(6);
    const path = finding?.path ?? '';
    const again = await search(1, { bug, path, schedules: 1, shrinks: false });
    expect(again.schedules).toBe(1);
    expect(again.finding).toEqual(finding);
  }, 60_000);

  it('has failed when hardly any schedule gets to the live work', () => {
    expect(neglected({ active: 39, paused: 50 }, 100)).toEqual(
      expect.arrayContaining(["only 39.0 % of the schedules got to 'active'; at least 40.0 % should"]),
    );
    expect(neglected({ active: 39, paused: 50 }, 100).join()).not.toContain('paused');
  });
});
