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
  /** One seed again, in full; resolves to the exit code. */
  readonly replay: (seed: number) => Promise<number>;
  /** One path of a seed again, where seeds have paths. */
  readonly replayPath?: (seed: number, path: string) => Promise<number>;
  /** All of them; resolves to the exit code. */
  readonly runAll: (run: SeededRun) => Promise<number>;
}

/** Numbers that lead from a seed to one of its runs. */
const PATH = /^\d+(?::\d+)*$/;

export function runSeededLayer({ seeds: seedsOf, runSeed, replay, replayPath, runAll }: SeededLayer): void {
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
    const seed = values.seed === undefined ? undefined : wholeNumber('seed', values.seed);
    if (values.path !== undefined) {
      if (replayPath === undefined) throw new RangeError('--path: a seed of this layer is one run');
      if (seed === undefined) throw new RangeError('--path: needs --seed');
      if (!PATH.test(values.path))
        throw new RangeError(`--path: ${JSON.stringify(values.path)} is not of the form 107:3:0`);
      return replayPath(seed, values.path);
    }
    if (seed !== undefined) return replay(seed);
    const size = sizeOf(values.size);
    const from = wholeNumber('from', values.from);
    const seeds = values.seeds === undefined ? seedsOf[size] : wholeNumber('seeds', values.seeds);
    if (values.step === undefined) return runAll({ size, from, seeds, withBugs: values.bugs });
    await runShare({ from, seeds, step: wholeNumber('step', values.step) }, runSeed);
    return 0;
  });
}
