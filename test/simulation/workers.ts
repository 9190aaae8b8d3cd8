/** Worlds of many seeds, on every core. */
import { join } from 'node:path';
import { runOnEveryCore } from '../verification/workers';
import { simulate } from './simulate';

interface Totals {
  hours: number;
  events: number;
  grants: number;
  acts: number;
  faults: number;
}

/** What a process tells of one world. */
interface Told extends Totals {
  readonly seed: number;
  readonly hasFailed: boolean;
}

export interface RunTotals extends Totals {
  /** Worlds that were told of. Fewer than asked for: a process has died. */
  completed: number;
  /** Seeds, in order. */
  failed: number[];
  cores: number;
}

export async function runWorld(seed: number): Promise<Told> {
  const { hours, events, grants, acts, faults, violation } = await simulate(seed);
  return { seed, hours, events, grants, acts, faults: faults.length, hasFailed: violation !== null };
}

export async function runWorlds(from: number, seeds: number): Promise<RunTotals> {
  const total: RunTotals = {
    hours: 0,
    events: 0,
    grants: 0,
    acts: 0,
    faults: 0,
    completed: 0,
    failed: [],
    cores: 0,
  };
  const take = (told: unknown) => {
    const { seed, hasFailed, ...world } = told as Told;
    total.completed += 1;
    if (hasFailed) total.failed.push(seed);
    for (const figure of ['hours', 'events', 'grants', 'acts', 'faults'] as const)
      total[figure] += world[figure];
  };
  total.cores = await runOnEveryCore(join(__dirname, 'main.ts'), from, seeds, take);
  total.failed.sort((a, b) => a - b);
  return total;
}
