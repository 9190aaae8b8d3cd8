/** Worlds of many seeds, shared among processes: one for each core. */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
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

/** One process's share: every `step`th seed. */
export async function runShare(from: number, seeds: number, step: number): Promise<void> {
  for (let seed = from; seed < from + seeds; seed += step) {
    const { hours, events, grants, acts, faults, violation } = await simulate(seed);
    const told: Told = {
      seed,
      hours,
      events,
      grants,
      acts,
      faults: faults.length,
      hasFailed: violation !== null,
    };
    process.send?.(told);
  }
  process.disconnect();
}

export async function runOnEveryCore(from: number, seeds: number): Promise<RunTotals> {
  const cores = Math.min(availableParallelism(), seeds);
  const total: RunTotals = {
    hours: 0,
    events: 0,
    grants: 0,
    acts: 0,
    faults: 0,
    completed: 0,
    failed: [],
    cores,
  };
  const take = ({ seed, hasFailed, ...world }: Told) => {
    total.completed += 1;
    if (hasFailed) total.failed.push(seed);
    for (const figure of ['hours', 'events', 'grants', 'acts', 'faults'] as const)
      total[figure] += world[figure];
  };
  await Promise.all(
    Array.from({ length: cores }, (_, at) => {
      const args = ['--from', `${from + at}`, '--seeds', `${seeds - at}`, '--step', `${cores}`];
      const child = fork(join(__dirname, 'main.ts'), args, { stdio: 'inherit' });
      child.on('message', (told) => take(told as Told));
      return new Promise<void>((resolve) => void child.once('exit', () => resolve()));
    }),
  );
  total.failed.sort((a, b) => a - b);
  return total;
}
