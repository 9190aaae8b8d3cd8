/** Runs SPIN on the model: generates the verifier, compiles it, and reads what it says. A search that was cut short proves nothing. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MODEL = resolve(__dirname, 'lease.pml');
const MEMORY_MB = 6_000;
const DEPTH = 400_000;
const LONGEST_MS = 1_200_000;

export interface Search {
  /** Of the model: `['N=2', 'CLAIMS=3', 'NO_SEAL']`. */
  readonly defines: readonly string[];
  /** `shortest` finds the shortest counterexample, `whole` needs less memory for a search of everything. */
  readonly order: 'shortest' | 'whole';
}

export interface Outcome {
  readonly search: Search;
  /** `complete`: everything was searched and nothing found. */
  readonly end: 'complete' | 'violated' | 'cut short';
  readonly states: number;
  readonly seconds: number;
  /** The assertion that does not hold; what cut the search short. */
  readonly finding: string | null;
  /** Of the counterexample, in the verifier's steps. */
  readonly length: number | null;
  /** The steps that lead there, in the model's own words. */
  readonly steps: readonly string[];
}

export async function check(search: Search): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'model-'));
  const begun = performance.now();
  try {
    const defines = search.defines.map((define) => `-D${define}`);
    await run('spin', [...defines, '-a', MODEL], { cwd: folder });
    // A short search takes less time than an optimised compilation.
    const order = search.order === 'shortest' ? ['-O0', '-DBFS'] : ['-O2'];
    const options = [...order, '-w', '-DSAFETY', '-DVECTORSZ=2048', `-DMEMLIM=${MEMORY_MB}`];
    await run('gcc', [...options, '-o', 'pan', 'pan.c'], { cwd: folder });
    const { stdout } = await run(
      join(folder, 'pan'),
      [`-m${DEPTH}`, search.order === 'shortest' ? '-w24' : '-w26'],
      {
        cwd: folder,
        timeout: LONGEST_MS,
        maxBuffer: 1 << 26,
      },
    ).catch((error: { stdout?: string; message: string }) => ({
      stdout: `${error.stdout ?? ''}\n${error.message}`,
    }));
    const seconds = (performance.now() - begun) / 1_000;
    const outcome = { search, seconds, ...readOutput(stdout) };
    return { ...outcome, steps: outcome.end === 'violated' ? await stepsOf(defines, folder) : [] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function readOutput(output: string): Pick<Outcome, 'end' | 'states' | 'finding' | 'length'> {
  const states = Number(/^\s*([\d.e+]+) states, stored/m.exec(output)?.[1] ?? 0);
  const none = { states, finding: null, length: null };
  const errors = /errors: (\d+)/.exec(output)?.[1];
  const cut = /max search depth too small|out of memory|memory limit|Search not completed/i.exec(output)?.[0];
  const [, violated, depth] = /^pan:\d+: (.*?)(?: \(at depth (\d+)\))?$/m.exec(output) ?? [];
  if (violated !== undefined && errors !== '0' && !/max search depth|memory/.test(violated))
    return { end: 'violated', states, finding: violated, length: depth === undefined ? null : Number(depth) };
  if (errors !== '0' || cut !== undefined || states === 0)
    return { ...none, end: 'cut short', finding: cut ?? output.trim().split('\n').at(-1) ?? null };
  return { ...none, end: 'complete' };
}

async function stepsOf(defines: readonly string[], folder: string): Promise<string[]> {
  const trail = join(folder, 'lease.pml.trail');
  const { stdout } = await run('spin', [...defines, '-t', '-p', '-k', trail, MODEL], {
    cwd: folder,
    maxBuffer: 1 << 26,
  }).catch((error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }));
  return [...stdout.matchAll(/^ *\d+:\tproc.*\[(.*)\]$/gm)].map(([, step = '']) => step);
}
