/** The seeds of a layer, shared among processes: one for each core. */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Every `step`th seed, from `from` on: one process's share. */
export async function runShare(
  { from, seeds, step }: { readonly from: number; readonly seeds: number; readonly step: number },
  run: (seed: number) => Promise<object>,
): Promise<void> {
  for (let seed = from; seed < from + seeds; seed += step) process.send?.(await run(seed));
  process.disconnect();
}

/**
 * Starts `program` on every core, with the flags `--from`, `--seeds` and `--step` of its share; `take` gets what each tells.
 * Resolves with the number of cores when all have ended: one that died has told of fewer seeds than it was given.
 */
export async function runOnEveryCore(
  program: string,
  from: number,
  seeds: number,
  take: (told: unknown) => void,
): Promise<number> {
  const cores = Math.min(availableParallelism(), seeds);
  await Promise.all(
    Array.from({ length: cores }, (_, at) => {
      const args = ['--from', `${from + at}`, '--seeds', `${seeds - at}`, '--step', `${cores}`];
      const child = fork(program, args, { stdio: 'inherit' });
      child.on('message', (told) => take(told));
      return new Promise<void>((resolve) => void child.once('exit', () => resolve()));
    }),
  );
  return cores;
}
