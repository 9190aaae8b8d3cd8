/** Looks for each planted bug in the schedules of the seeds from 1 on. */
import * as hunts from '../verification/hunt';
import type { LayerReport } from '../verification/layer-report';
import { SCHEDULED_BUGS, type ScheduledBugName } from './planted-bugs';
import { search } from './search';

/** A bug that hides in the schedules of this many seeds is not found. */
const MOST_SEEDS = 12;

export function huntFor(name: ScheduledBugName, mostSeeds = MOST_SEEDS): Promise<hunts.Hunted> {
  const bug = SCHEDULED_BUGS[name];
  return hunts.huntFor(bug, mostSeeds, async (seed) => {
    const { finding } = await search(seed, { bug, shrinks: false });
    return finding === null ? null : { ...finding, where: `seed ${seed}, path ${finding.path}` };
  });
}

export const hunt = (): Promise<LayerReport['bugs']> =>
  hunts.huntAll(SCHEDULED_BUGS, (name) => huntFor(name));
