/**
 * `npm run simulate`: worlds of many seeds, on every core; or one seed, again.
 *
 *     npm run simulate                      the ordinary size: 600 seeds from 1
 *     npm run simulate -- --seeds 50 --from 1000
 *     npm run simulate -- --seed 137        one seed, with its shrunk list of faults if it fails
 */
import 'reflect-metadata';
import { execFileSync, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { shrink } from './shrink';
import { simulate, type RunReport } from './simulate';

/** What a worker tells of one run. */
type Told = Pick<RunReport, 'seed' | 'hours' | 'events' | 'grants' | 'acts'> & {
  faults: number;
  failed: boolean;
};

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '600' },
    from: { type: 'string', default: '1' },
    step: { type: 'string' },
  },
});

const print = (text: string) => process.stdout.write(`${text}\n`);

/** One seed in full. Exits with 1 when a promise was broken. */
async function replay(seed: number): Promise<number> {
  const { violation, hours, events, faults } = await simulate(seed);
  if (violation === null) {
    print(`seed ${seed}: no violation in ${hours.toFixed(1)} h, ${events} events, ${faults.length} faults`);
    return 0;
  }
  const report = await shrink(seed, violation.invariant);
  print(`seed ${seed}, commit ${commit()}`);
  print(`violated: ${report.violation?.message ?? violation.message}`);
  print(`needs ${report.faults.length} of ${faults.length} faults:`);
  for (const fault of report.faults) print(`  ${JSON.stringify(fault)}`);
  print(`the last ${report.trace.length} events (true time in ms):`);
  for (const line of report.trace) print(line);
  return 1;
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

async function work(from: number, seeds: number, step: number): Promise<void> {
  for (let seed = from; seed < from + seeds; seed += step) {
    const { hours, events, grants, acts, faults, violation } = await simulate(seed);
    const told: Told = {
      seed,
      hours,
      events,
      grants,
      acts,
      faults: faults.length,
      failed: violation !== null,
    };
    process.send?.(told);
  }
  process.disconnect();
}

async function runAll(from: number, seeds: number): Promise<number> {
  const begun = performance.now();
  const total = { worlds: 0, hours: 0, events: 0, grants: 0, acts: 0, faults: 0 };
  const failed: number[] = [];
  const take = ({ seed, failed: hasFailed, ...run }: Told) => {
    if (hasFailed) failed.push(seed);
    total.worlds += 1;
    for (const figure of ['hours', 'events', 'grants', 'acts', 'faults'] as const)
      total[figure] += run[figure];
  };
  const workers = Math.min(availableParallelism(), seeds);
  const codes = await Promise.all(
    Array.from({ length: workers }, (_, at) => {
      const args = ['--from', `${from + at}`, '--seeds', `${seeds - at}`, '--step', `${workers}`];
      const child = fork(__filename, args, { stdio: 'inherit' });
      child.on('message', (told) => take(told as Told));
      return new Promise<number>((resolve) => void child.once('exit', (code) => resolve(code ?? 1)));
    }),
  );
  const seconds = (performance.now() - begun) / 1_000;
  print(
    `${total.worlds} worlds, ${Math.round(total.hours)} simulated hours, ${total.faults} faults, ${total.grants} claims granted, ` +
      `${total.acts} acts, ${total.events} events in ${seconds.toFixed(0)} s on ${workers} cores: ${failed.length} violations`,
  );
  for (const seed of failed.toSorted((a, b) => a - b).slice(0, 3)) await replay(seed);
  if (failed.length > 0) print(`failed seeds: ${failed.toSorted((a, b) => a - b).join(' ')}`);
  return failed.length > 0 || codes.some((code) => code !== 0) || total.worlds !== seeds ? 1 : 0;
}

async function main(): Promise<void> {
  // Errors are made by the hundred thousand here, and nobody reads where.
  Error.stackTraceLimit = 0;
  const [from, seeds] = [Number(values.from), Number(values.seeds)];
  if (values.step !== undefined) return work(from, seeds, Number(values.step));
  process.exitCode =
    values.seed === undefined ? await runAll(from, seeds) : await replay(Number(values.seed));
}

void main();
