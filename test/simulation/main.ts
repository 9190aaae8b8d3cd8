/**
 * `npm run simulate`: worlds of many seeds, on every core; or one seed, again.
 *
 *     npm run simulate                      the ordinary size, more than 40,000 simulated hours
 *     npm run simulate -- --seeds 50 --from 1000
 *     npm run simulate -- --bugs            and the planted bugs
 *     npm run simulate -- --seed 137        one seed, with its shrunk list of faults if it fails
 */
import 'reflect-metadata';
import { commit, print } from '../verification/command-line';
import { writeLayerReport, type LayerReport, type Size } from '../verification/layer-report';
import { runSeededLayer, type SeededRun } from '../verification/seeded-layer';
import { hunt } from './bug-hunt';
import { shrink } from './shrink';
import { simulate } from './simulate';
import { runWorld, runWorlds } from './workers';

/** Worlds of each size. */
const WORLDS: Readonly<Record<Size, number>> = { slice: 8, ordinary: 1_000, release: 10_000 };

/** Violations that are shrunk and printed in full; of the others only the seed. */
const MOST_REPLAYED = 3;

/** One seed in full. Returns what was violated. */
async function replay(seed: number): Promise<string | null> {
  const { violation, hours, events, faults } = await simulate(seed);
  if (violation === null) {
    print(`seed ${seed}: no violation in ${hours.toFixed(1)} h, ${events} events, ${faults.length} faults`);
    return null;
  }
  const report = await shrink(seed, violation.invariant);
  const message = report.violation?.message ?? violation.message;
  print(`seed ${seed}, commit ${commit()}`);
  print(`violated: ${message}`);
  print(`needs ${report.faults.length} of ${faults.length} faults:`);
  for (const fault of report.faults) print(`  ${JSON.stringify(fault)}`);
  print(`the last ${report.trace.length} events (true time in ms):`);
  for (const line of report.trace) print(line);
  return message;
}

async function huntAll(): Promise<LayerReport['bugs']> {
  const found = await hunt();
  for (const [bug, by] of Object.entries(found)) print(`planted bug ${bug}: ${by ?? 'NOT FOUND'}`);
  return found;
}

async function runAll({ size, from, seeds, withBugs }: SeededRun): Promise<number> {
  const begun = performance.now();
  const { failed, completed, cores, ...total } = await runWorlds(from, seeds);
  const seconds = Math.round((performance.now() - begun) / 1_000);
  const figures = {
    'simulated hours': Math.round(total.hours),
    worlds: completed,
    faults: total.faults,
    claims: total.grants,
    acts: total.acts,
    events: total.events,
    cores,
  };
  const told = Object.entries(figures).map(([what, count]) => `${count} ${what}`);
  print(`${told.join(', ')} in ${seconds} s: ${failed.length} violations`);
  const violations = failed.map((seed) => `npm run simulate -- --seed ${seed}`);
  for (const seed of failed.slice(0, MOST_REPLAYED)) await replay(seed);
  if (completed !== seeds) violations.push(`${seeds - completed} worlds did not come to an end`);
  const bugs = withBugs ? await huntAll() : {};
  const command = `npm run simulate -- --from ${from} --seeds ${seeds}`;
  writeLayerReport({ layer: 'simulation', size, command, seconds, figures, violations, bugs });
  return violations.length > 0 ? 1 : 0;
}

runSeededLayer({
  seeds: WORLDS,
  runSeed: runWorld,
  replay: async (seed) => ((await replay(seed)) === null ? 0 : 1),
  runAll,
});
