/** Worlds of many seeds, on every core. */
import { join } from 'node:path';
import { addCounts, type Counts } from '../verification/floors';
import { runOnEveryCore } from '../verification/workers';
import type { Effect } from './effects';
import { simulate } from './simulate';

const FIGURES = ['hours', 'ttls', 'events', 'grants', 'acts', 'faults'] as const;

type Figures = Record<(typeof FIGURES)[number], number>;

/** What a process tells of one world. */
interface Told extends Figures {
  readonly seed: number;
  readonly hasFailed: boolean;
  readonly effects: Counts<Effect>;
}

export interface RunTotals extends Figures {
  /** Worlds that were told of. Fewer than asked for: a process has died. */
  completed: number;
  /** Seeds, in order. */
  failed: number[];
  /** How often each happened, and in how many worlds. */
  effects: Counts<Effect>;
  worldsWith: Counts<Effect>;
  cores: number;
}

export async function runWorld(seed: number): Promise<Told> {
  const { faults, violation, trace: _, ...world } = await simulate(seed);
  return { ...world, faults: faults.length, hasFailed: violation !== null };
}

export async function runWorlds(from: number, seeds: number): Promise<RunTotals> {
  const none: Figures = { hours: 0, ttls: 0, events: 0, grants: 0, acts: 0, faults: 0 };
  const total: RunTotals = { ...none, completed: 0, failed: [], effects: {}, worldsWith: {}, cores: 0 };
  const take = (message: unknown) => {
    const told = message as Told;
    total.completed += 1;
    if (told.hasFailed) total.failed.push(told.seed);
    for (const figure of FIGURES) total[figure] += told[figure];
    addCounts(total.effects, told.effects);
    addCounts(total.worldsWith, Object.fromEntries(Object.keys(told.effects).map((effect) => [effect, 1])));
  };
  total.cores = await runOnEveryCore(join(__dirname, 'main.ts'), from, seeds, take);
  total.failed.sort((a, b) => a - b);
  return total;
}
