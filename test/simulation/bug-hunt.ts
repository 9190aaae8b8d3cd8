/** Looks for each planted bug in the worlds from seed 1 on. */
import type { PlantedBugName } from '../verification/planted-bugs';
import { SIMULATED_BUGS } from './planted-bugs';
import { simulate } from './simulate';

/** A bug that hides in this many worlds is not found. */
export const MOST_SEEDS = 150;

/** What found the bug: invariant and seed. `null` when nothing did. */
export async function huntFor(bug: PlantedBugName, mostSeeds = MOST_SEEDS): Promise<string | null> {
  for (let seed = 1; seed <= mostSeeds; seed += 1) {
    const { violation } = await simulate(seed, SIMULATED_BUGS[bug]);
    if (violation !== null) return `${violation.invariant}, seed ${seed}`;
  }
  return null;
}

export async function hunt(): Promise<Record<string, string | null>> {
  const found: Record<string, string | null> = {};
  for (const bug of Object.keys(SIMULATED_BUGS) as PlantedBugName[]) found[bug] = await huntFor(bug);
  return found;
}
