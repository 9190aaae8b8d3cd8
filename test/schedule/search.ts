/**
 * Looks for a schedule that breaks a promise: some hundred of one seed at a time, drawn and shrunk by fast-check.
 *
 * A seed and a path name one schedule: `npm run schedule -- --seed 12 --path 107:3:0`.
 */
import * as fc from 'fast-check';
import { NO_BUG, type PlantedBug } from '../simulation/planted-bug';
import { Violation } from '../simulation/violation';
import type { Counts } from '../verification/floors';
import { movesUpTo, SETUP, type Setup } from './moves';
import type { ReachedPlace } from './reached';
import { runSchedule } from './run-schedule';

/** Of one seed. */
export const SCHEDULES_PER_SEED = 500;

const MOST_MOVES = 45;

export interface Finding {
  /** Which schedule of the seed, and how it was shrunk. */
  readonly path: string;
  readonly invariant: string;
  readonly message: string;
  readonly setup: Setup;
  readonly moves: readonly number[];
}

export interface SearchReport {
  readonly seed: number;
  readonly schedules: number;
  readonly steps: number;
  /** In how many schedules each place was reached. */
  readonly reached: Counts<ReachedPlace>;
  readonly finding: Finding | null;
}

interface SearchOptions {
  readonly bug?: PlantedBug;
  readonly schedules?: number;
  /** One schedule of the seed, instead of all. */
  readonly path?: string;
  /** A failing schedule is made as small as it gets. */
  readonly shrinks?: boolean;
}

export async function search(seed: number, options: SearchOptions = {}): Promise<SearchReport> {
  const { bug = NO_BUG, schedules = SCHEDULES_PER_SEED, path, shrinks = true } = options;
  const reached: Counts<ReachedPlace> = {};
  let steps = 0;
  let runs = 0;
  const property = fc.asyncProperty(SETUP, fc.noBias(movesUpTo(MOST_MOVES)), async (setup, moves) => {
    const report = await runSchedule(setup, moves, bug);
    steps += report.steps;
    runs += 1;
    for (const place of report.reached) reached[place] = (reached[place] ?? 0) + 1;
    if (report.violation !== null) throw report.violation;
  });
  const parameters = {
    seed,
    numRuns: schedules,
    endOnFailure: !shrinks,
    ...(path !== undefined && { path }),
  };
  const { counterexample, counterexamplePath, errorInstance } = await fc.check(property, parameters);
  const told = { seed, schedules: runs, steps, reached };
  if (counterexample === null) return { ...told, finding: null };
  const [setup, moves] = counterexample;
  const { message } = errorInstance as Error;
  const invariant = errorInstance instanceof Violation ? errorInstance.invariant : 'error';
  const finding = { path: counterexamplePath ?? '', invariant, message, setup, moves };
  return { ...told, finding };
}
