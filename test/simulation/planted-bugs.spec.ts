/** The simulation is worth as much as what it finds. */
import 'reflect-metadata';
import { useCleanUp } from '../support/hooks';
import { PLANTED_BUGS } from './planted-bugs';
import { simulate } from './simulate';

/** A bug that hides in this many worlds is not caught. */
const MOST_SEEDS = 40;
const FIRST_SEED = 101;

describe('the simulation', () => {
  useCleanUp();

  it.each(Object.entries(PLANTED_BUGS))(
    `finds within ${MOST_SEEDS} seeds: %s`,
    async (_name, bug) => {
      let violation = null;
      for (let seed = FIRST_SEED; seed < FIRST_SEED + MOST_SEEDS && violation === null; seed += 1)
        ({ violation } = await simulate(seed, bug));
      expect(violation?.message).toMatch(
        /^(?:exclusion|fencing|release order|status TTL|ghost|token growth|activity|recovery)/,
      );
    },
    120_000,
  );
});
