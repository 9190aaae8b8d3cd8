/** Looks for each planted bug in the worlds from seed 1 on. */
import * as hunts from '../verification/hunt';
import type { LayerReport } from '../verification/layer-report';
import { SIMULATED_BUGS, type SimulatedBugName } from './planted-bugs';
import { simulate } from './simulate';

/** A bug that hides in this many worlds is not found. */
const MOST_SEEDS = 150;

export function huntFor(name: SimulatedBugName, mostSeeds = MOST_SEEDS): Promise<hunts.Hunted> {
  const bug = SIMULATED_BUGS[name];
  return hunts.huntFor(bug, mostSeeds, async (seed) => {
    const { violation } = await simulate(seed, bug);
    if (violation === null) return null;
    const { invariant, message } = violation;
    return { invariant, message, where: `seed ${seed}` };
  });
}

export const hunt = (): Promise<LayerReport['bugs']> =>
  hunts.huntAll(SIMULATED_BUGS, (name) => huntFor(name));
