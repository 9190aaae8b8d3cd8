/** Looks for each planted bug in the schedules of the seeds from 1 on. */
import { SCHEDULED_BUGS, type ScheduledBugName } from './planted-bugs';
import { search } from './search';

/** A bug that hides in the schedules of this many seeds is not found. */
const MOST_SEEDS = 12;

/** What found the bug: invariant, seed and path. `null` when nothing did. */
export async function huntFor(bug: ScheduledBugName, mostSeeds = MOST_SEEDS): Promise<string | null> {
  for (let seed = 1; seed <= mostSeeds; seed += 1) {
    const { finding } = await search(seed, { bug: SCHEDULED_BUGS[bug], shrinks: false });
    if (finding !== null) return `${finding.invariant}, seed ${seed}, path ${finding.path}`;
  }
  return null;
}

export async function hunt(): Promise<Record<string, string | null>> {
  const found: Record<string, string | null> = {};
  for (const bug of Object.keys(SCHEDULED_BUGS) as ScheduledBugName[]) found[bug] = await huntFor(bug);
  return found;
}
