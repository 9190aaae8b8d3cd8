/** What is told of a seed that breaks a promise: everything that is needed to see it again. */
import { commit } from '../verification/command-line';
import { NO_BUG, type PlantedBug } from './planted-bug';
import { shrink } from './shrink';
import type { RunReport } from './simulate';

/** Line by line; empty when nothing was broken. */
export async function failureOf(run: RunReport, bug: PlantedBug = NO_BUG): Promise<string[]> {
  const { seed, violation, faults } = run;
  if (violation === null) return [];
  const report = await shrink(seed, violation.invariant, bug);
  return [
    `seed ${seed}, commit ${commit()}`,
    `violated: ${report.violation?.message ?? violation.message}`,
    `needs ${report.faults.length} of ${faults.length} faults:`,
    ...report.faults.map((fault) => `  ${JSON.stringify(fault)}`),
    `the last ${report.trace.length} events (true time in ms):`,
    ...report.trace,
  ];
}
