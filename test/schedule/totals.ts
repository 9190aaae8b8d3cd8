/** Searches of many seeds, on every core. */
import { join } from 'node:path';
import { addCounts, type Counts } from '../verification/floors';
import { runOnEveryCore } from '../verification/workers';
import type { ReachedPlace } from './reached';
import type { SearchReport } from './search';

/** Some ten thousand schedules. */
const SEEDS_PER_PROCESS = 20;

export interface SearchTotals {
  schedules: number;
  steps: number;
  reached: Counts<ReachedPlace>;
  /** Seeds that were told of. Fewer than asked for: a process has died. */
  completed: number;
  /** By seed. */
  findings: SearchReport[];
  cores: number;
}

export async function searchSeeds(from: number, seeds: number): Promise<SearchTotals> {
  const total: SearchTotals = { schedules: 0, steps: 0, reached: {}, completed: 0, findings: [], cores: 0 };
  const take = (message: unknown) => {
    const told = message as SearchReport;
    total.completed += 1;
    total.schedules += told.schedules;
    total.steps += told.steps;
    addCounts(total.reached, told.reached);
    if (told.finding !== null) total.findings.push(told);
  };
  total.cores = await runOnEveryCore(join(__dirname, 'main.ts'), from, seeds, take, SEEDS_PER_PROCESS);
  total.findings.sort((a, b) => a.seed - b.seed);
  return total;
}
