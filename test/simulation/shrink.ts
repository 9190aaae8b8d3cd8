/** Finds out which faults a failure needs: leaves out as many as it can while the same promise stays broken. */
import type { Fault } from './fault-plan';
import { NO_BUG, type PlantedBug } from './planted-bug';
import { simulate, type RunReport } from './simulate';

/** Runs tried at most. */
const MOST_TRIES = 200;

export async function shrink(seed: number, invariant: string, bug: PlantedBug = NO_BUG): Promise<RunReport> {
  let smallest = await simulate(seed, bug);
  let kept = smallest.faults;
  let tries = 0;
  for (let share = Math.ceil(kept.length / 2); share >= 1 && tries < MOST_TRIES;) {
    let isSmaller = false;
    for (let from = 0; from < kept.length && tries < MOST_TRIES; tries += 1) {
      const fewer = kept.filter((_, at) => at < from || at >= from + share);
      const report = await simulate(seed, bug, (fault) => includes(fewer, fault));
      if (report.violation?.invariant === invariant) {
        kept = fewer;
        smallest = report;
        isSmaller = true;
      } else from += share;
    }
    if (share === 1 && !isSmaller) break;
    share = share === 1 ? 1 : Math.ceil(share / 2);
  }
  return smallest;
}

/** The plan is drawn anew in every run; a fault is known by its time. */
function includes(faults: readonly Fault[], { atMs }: Fault): boolean {
  return faults.some((fault) => fault.atMs === atMs);
}
