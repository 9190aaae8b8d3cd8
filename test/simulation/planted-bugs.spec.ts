/** The simulation is worth as much as what it finds. */
import 'reflect-metadata';
import { useCleanUp } from '../support/hooks';
import { huntFor } from './bug-hunt';
import type { SimulatedBugName } from './planted-bugs';

const MOST_SEEDS_HERE = 12;

/**
 * The promise that each bug breaks, whatever else it breaks. The two that hide for longest, `deadline-from-reply` and
 * `grace-too-short`, are left to `npm run verify`.
 */
const BROKEN: Readonly<Partial<Record<SimulatedBugName, RegExp>>> = {
  'blind-renewal': /^exclusion/,
  'status-without-ttl': /^status TTL/,
  'blind-release': /^exclusion/,
  'same-host-is-same-instance': /^exclusion/,
  'release-before-stop': /^release order/,
  'no-fence': /^fencing/,
  'no-fence-in-redis': /^fencing/,
  'no-seal': /^fencing/,
  'no-grace': /^exclusion/,
};

describe('the simulation', () => {
  useCleanUp();

  it.each(Object.entries(BROKEN) as [SimulatedBugName, RegExp][])(
    'finds the planted bug %s',
    async (bug, broken) => {
      expect(await huntFor(bug, MOST_SEEDS_HERE)).toMatch(broken);
    },
    120_000,
  );
});
