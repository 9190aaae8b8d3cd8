/**
 * `npm run simulate`: worlds of many seeds, on every core; or one seed, again.
 *
 *     npm run simulate                      the ordinary size, more than 40,000 simulated hours
 *     npm run simulate -- --seeds 50 --from 1000
 *     npm run simulate -- --bugs            and the planted bugs
 *     npm run simulate -- --seed 137        one seed, with its shrunk list of faults if it fails
 */
import 'reflect-metadata';
import { print } from '../verification/command-line';
import { writeLayerReport, type Size } from '../verification/layer-report';
import { runSeededLayer, type SeededRun } from '../verification/seeded-layer';
import { hunt } from './bug-hunt';
import { neglected } from './effects';
import { failureOf } from './failure';
import { simulate } from './simulate';
import { runWorld, runWorlds } from './workers';

/** Worlds of each size. */
const WORLDS: Readonly<Record<Size, number>> = { slice: 8, ordinary: 1_000, release: 10_000 };

/** Violations that are shrunk and printed in full; of the others only the seed. */
const MOST_REPLAYED = 3;

/** One seed in full; resolves to the exit code. */
async function replay(seed: number): Promise<number> {
  const run = await simulate(seed);
  const failure = await failureOf(run);
  for (const line of failure) print(line);
  if (failure.length > 0) return 1;
  const { hours, events, faults } = run;
  print(`seed ${seed}: no violation in ${hours.toFixed(1)} h, ${events} events, ${faults.length} faults`);
  return 0;
}

const percentOf = (part: number, whole: number) => Math.round((100 * part) / whole);

async function runAll({ size, from, seeds, withBugs }: SeededRun): Promise<number> {
  const begun = performance.now();
  const { failed, completed, cores, effects, worldsWith, ...total } = await runWorlds(from, seeds);
  const seconds = Math.round((performance.now() - begun) / 1_000);
  const figures = {
    'simulated hours': Math.round(total.hours),
    TTLs: Math.round(total.ttls),
    worlds: completed,
    faults: total.faults,
    'faults per TTL': Number((total.faults / total.ttls).toFixed(2)),
    claims: total.grants,
    acts: total.acts,
    demotions: effects.demotion ?? 0,
    'late writes refused': effects['late write refused'] ?? 0,
    events: total.events,
    cores,
  };
  const told = Object.entries(figures).map(([what, count]) => `${count} ${what}`);
  print(`${told.join(', ')} in ${seconds} s: ${failed.length} violations`);
  const shares = Object.entries(worldsWith).map(
    ([effect, worlds]) => `${percentOf(worlds, completed)} ${effect}`,
  );
  print(`in % of the worlds: ${shares.toSorted().join(', ')}`);
  const violations = failed.map((seed) => `npm run simulate -- --seed ${seed}`);
  for (const seed of failed.slice(0, MOST_REPLAYED)) await replay(seed);
  if (completed !== seeds) violations.push(`${seeds - completed} worlds did not come to an end`);
  violations.push(...neglected(completed, { ...total, worldsWith }));
  for (const violation of violations) print(violation);
  const bugs = withBugs ? await hunt() : {};
  const command = `npm run simulate -- --from ${from} --seeds ${seeds}`;
  writeLayerReport({ layer: 'simulation', size, command, seconds, figures, violations, bugs });
  return violations.length > 0 ? 1 : 0;
}

runSeededLayer({
  seeds: WORLDS,
  runSeed: runWorld,
  replay,
  runAll,
});
