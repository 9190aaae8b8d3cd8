/** The simulation is worth as much as what it finds. */
import 'reflect-metadata';
import { useCleanUp } from '../support/hooks';
import type { PlantedBugName } from '../verification/planted-bugs';
import { huntFor } from './bug-hunt';
import { SIMULATED_BUGS } from './planted-bugs';

/** The promise that each bug breaks, whatever else it breaks. */
const BROKEN: Readonly<Record<PlantedBugName, RegExp>> = {
  'deadline-from-reply': /^exclusion/,
  'blind-renewal': /^exclusion/,
  'status-without-ttl': /^status TTL/,
  'blind-release': /^exclusion/,
  'same-host-is-same-instance': /^exclusion/,
  'release-before-stop': /^release order/,
  'no-fence': /^fencing/,
  'no-fence-in-redis': /^fencing/,
  'no-seal': /^fencing/,
  'no-grace': /^exclusion/,
  'grace-too-short': /^exclusion/,
};

describe('the simulation', () => {
  useCleanUp();

  it.each(Object.keys(SIMULATED_BUGS) as PlantedBugName[])(
    'finds the planted bug %s',
    async (bug) => {
      expect(await huntFor(bug)).toMatch(BROKEN[bug]);
    },
    120_000,
  );
});
