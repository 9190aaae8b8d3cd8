/** The command line of a layer that searches seed by seed, on every core (workers.ts). */
import { parseArgs } from 'node:util';
import { runProgram, sizeOf, wholeNumber } from './command-line';
import type { Size } from './layer-report';
import { runShare } from './workers';

export interface SeededRun {
  readonly size: Size;
  readonly from: number;
  readonly seeds: number;
  readonly withBugs: boolean;
}

export interface SeededLayer {
  /** Seeds of each size. */
  readonly seeds: Readonly<Record<Size, number>>;
  /** What a process of one core does with each seed of its share, and tells of it. */
  readonly runSeed: (seed: number) => Promise<object>;
  /** One seed again, in full, or one path of it; resolves to the exit code. */
  readonly replay: (seed: number, path: string | undefined) => Promise<number>;
  /** All of them; resolves to the exit code. */
  readonly runAll: (run: SeededRun) => Promise<number>;
}

export function runSeededLayer({ seeds: seedsOf, runSeed, replay, runAll }: SeededLayer): void {
  runProgram(async () => {
    const { values } = parseArgs({
      options: {
        size: { type: 'string', default: 'ordinary' },
        bugs: { type: 'boolean', default: false },
        seed: { type: 'string' },
        path: { type: 'string' },
        seeds: { type: 'string' },
        from: { type: 'string', default: '1' },
        /** Between the seeds of one process. */
        step: { type: 'string' },
      },
    });
    if (values.seed !== undefined) return replay(wholeNumber('seed', values.seed), values.path);
    const size = sizeOf(values.size);
    const from = wholeNumber('from', values.from);
    const seeds = values.seeds === undefined ? seedsOf[size] : wholeNumber('seeds', values.seeds);
    if (values.step === undefined) return runAll({ size, from, seeds, withBugs: values.bugs });
    await runShare({ from, seeds, step: wholeNumber('step', values.step) }, runSeed);
    return 0;
  });
}
