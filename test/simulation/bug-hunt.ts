/** Looks for each planted bug in the worlds from seed 1 on. */
import { SIMULATED_BUGS, type SimulatedBugName } from './planted-bugs';
import { simulate } from './simulate';

/** A bug that hides in this many worlds is not found. */
export const MOST_SEEDS = 150;

/** What found the bug: invariant and seed. `null` when nothing did. */
export async function huntFor(bug: SimulatedBugName, mostSeeds = MOST_SEEDS): Promise<string | null> {
  for (let seed = 1; seed <= mostSeeds; seed += 1) {
    const { violation } = await simulate(seed, SIMULATED_BUGS[bug]);
    if (violation !== null) return `${violation.invariant}, seed ${seed}`;
  }
  return null;
}

export async function hunt(): Promise<Record<string, string | null>> {
  const found: Record<string, string | null> = {};
  for (const bug of Object.keys(SIMULATED_BUGS) as SimulatedBugName[]) found[bug] = await huntFor(bug);
  return found;
}
