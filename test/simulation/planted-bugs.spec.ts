/** The simulation is worth as much as what it finds. */
import 'reflect-metadata';
import { useCleanUp } from '../support/hooks';
import { huntFor } from './bug-hunt';
import type { SimulatedBugName } from './planted-bugs';

const MOST_SEEDS_HERE = 20;

/** The two that hide for longest, `deadline-from-reply` and `grace-too-short`, are left to `npm run verify`. */
const TRIED: readonly SimulatedBugName[] = [
  'blind-renewal',
  'overwriting-renewal',
  'status-without-ttl',
  'blind-release',
  'same-host-is-same-instance',
  'release-before-stop',
  'release-told-early',
  'no-fence',
  'no-fence-in-redis',
  'no-seal',
  'no-grace',
];

describe('the simulation', () => {
  useCleanUp();

  it.each(TRIED)(
    'finds the planted bug %s',
    async (bug) => {
      expect(await huntFor(bug, MOST_SEEDS_HERE)).toMatchObject({ found: expect.any(String) });
    },
    120_000,
  );
});
