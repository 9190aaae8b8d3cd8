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
 * Starts `program` on every core, with the flags `--from`, `--seeds` and `--step` of its share; `take` gets what each tells. After
 * `perProcess` seeds a fresh process goes on: a simulated crash leaves behind what Node keeps of the dead one's signals.
 * Resolves with the number of cores when all have ended: one that died has told of fewer seeds than it was given.
 */
export async function runOnEveryCore(
  program: string,
  from: number,
  seeds: number,
  take: (told: unknown) => void,
  perProcess = seeds,
): Promise<number> {
  const cores = Math.min(availableParallelism(), seeds);
  await Promise.all(
    Array.from({ length: cores }, async (_, core) => {
      const stride = perProcess * cores;
      for (let at = core; at < seeds; at += stride) {
        const share = { from: from + at, seeds: Math.min(stride, seeds - at), step: cores };
        const args = Object.entries(share).flatMap(([flag, value]) => [`--${flag}`, `${value}`]);
        const child = fork(program, args, { stdio: 'inherit' });
        child.on('message', take);
        await new Promise<void>((resolve) => void child.once('exit', () => resolve()));
      }
    }),
  );
  return cores;
}
