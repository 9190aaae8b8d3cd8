/**
 * `npm run schedule`: schedules of many seeds, on every core; or those of one seed, or one of them, again.
 *
 *     npm run schedule                             the ordinary size: 200,000 schedules
 *     npm run schedule -- --seeds 20 --from 1000
 *     npm run schedule -- --bugs                   and the planted bugs
 *     npm run schedule -- --seed 12                the schedules of one seed; a failing one is shrunk
 *     npm run schedule -- --seed 12 --path 107:3   one schedule, step by step
 */
import 'reflect-metadata';
import { commit, print } from '../verification/command-line';
import { writeLayerReport, type Size } from '../verification/layer-report';
import { runSeededLayer, type SeededRun } from '../verification/seeded-layer';
import { hunt } from './bug-hunt';
import { moveOf } from './moves';
import { neglected, PLACES } from './reached';
import { runSchedule } from './run-schedule';
import { search, type Finding, type SearchReport } from './search';
import { searchSeeds } from './totals';

/** Seeds of each size; 500 schedules of each. */
const SEEDS: Readonly<Record<Size, number>> = { slice: 2, ordinary: 400, release: 4_000 };

/** Findings that are printed in full; of the others only what replays them. */
const MOST_SHOWN = 3;

const commandOf = (seed: number, { path }: Finding) => `npm run schedule -- --seed ${seed} --path ${path}`;

async function show({ seed, finding }: SearchReport): Promise<void> {
  if (finding === null) return;
  const { setup, moves, message } = finding;
  print(`${commandOf(seed, finding)}, commit ${commit()}`);
  print(`violated: ${message}`);
  print(`begins with ${JSON.stringify(setup)}; ${moves.length} moves:`);
  for (const drawn of moves) print(`  ${JSON.stringify(moveOf(drawn))}`);
  const { trace } = await runSchedule(setup, moves);
  const lines = trace();
  print(`the last ${lines.length} events (time in ms):`);
  for (const line of lines) print(line);
}

async function replay(seed: number, path?: string): Promise<number> {
  const report = await search(seed, path === undefined ? {} : { path, schedules: 1, shrinks: false });
  await show(report);
  if (report.finding === null) print(`seed ${seed}: no violation in ${report.schedules} schedules`);
  return report.finding === null ? 0 : 1;
}

async function runAll({ size, from, seeds, withBugs }: SeededRun): Promise<number> {
  const begun = performance.now();
  const { schedules, steps, reached, completed, findings, cores } = await searchSeeds(from, seeds);
  const seconds = Math.round((performance.now() - begun) / 1_000);
  print(
    `${schedules} schedules, ${steps} steps, ${cores} cores in ${seconds} s: ${findings.length} violations`,
  );
  const shares = PLACES.map((place) => {
    const percent = Math.round((100 * (reached[place] ?? 0)) / schedules);
    return [`% ${place}`, percent] as const;
  });
  print(`reached: ${shares.map(([place, percent]) => `${percent} ${place}`).join(', ')}`);
  for (const report of findings.slice(0, MOST_SHOWN)) await show(report);
  const violations = findings.flatMap(({ seed, finding }) =>
    finding === null ? [] : [`${finding.message}: ${commandOf(seed, finding)}`],
  );
  if (completed !== seeds)
    violations.push(`the schedules of ${seeds - completed} seeds did not come to an end`);
  violations.push(...neglected(reached, schedules));
  for (const violation of violations) print(violation);
  const bugs = withBugs ? await hunt() : {};
  const command = `npm run schedule -- --from ${from} --seeds ${seeds}`;
  const figures = { schedules, steps, ...Object.fromEntries(shares), cores };
  writeLayerReport({ layer: 'schedule', size, command, seconds, figures, violations, bugs });
  return violations.length > 0 ? 1 : 0;
}

runSeededLayer({
  seeds: SEEDS,
  runSeed: (seed) => search(seed),
  replay: (seed) => replay(seed),
  replayPath: replay,
  runAll,
});
