/** A slice of `npm run schedule`: what every `npm test` tries. */
import 'reflect-metadata';
import { useCleanUp } from '../support/hooks';
import { addCounts, type Counts } from '../verification/floors';
import { huntFor } from './bug-hunt';
import { SCHEDULED_BUGS, type ScheduledBugName } from './planted-bugs';
import { neglected, type ReachedPlace } from './reached';
import { runSchedule } from './run-schedule';
import { search } from './search';

const SLICE = [1, 2];

/** Those that hide for longer are left to `npm run verify`. */
const TRIED: readonly ScheduledBugName[] = [
  'blind-renewal',
  'overwriting-renewal',
  'reviving-renewal',
  'status-without-ttl',
  'release-before-stop',
  'no-fence',
  'no-grace',
  'stop-forgotten',
  'renewal-after-release',
  'late-timer-trusted',
  'unanswered-is-logged',
  'release-told-early',
];

describe('two instances, under schedules of every order', () => {
  useCleanUp();

  it('keep every promise in the schedules of the first seeds, most of which get to the live work', async () => {
    const reached: Counts<ReachedPlace> = {};
    let schedules = 0;
    for (const seed of SLICE) {
      const { finding, ...report } = await search(seed);
      expect(finding === null ? `${seed}: kept` : `${seed}, path ${finding.path}: ${finding.message}`).toBe(
        `${seed}: kept`,
      );
      schedules += report.schedules;
      addCounts(reached, report.reached);
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

  it.each(TRIED)(
    'finds the planted bug %s',
    async (bug) => {
      expect(await huntFor(bug, 2)).toMatchObject({ found: expect.any(String) });
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
