/**
 * `npm run chaos`: four real processes on a real Redis, under faults.
 *
 *     npm run chaos                       the ordinary size: 2 minutes of faults
 *     npm run chaos -- --minutes 25 --seed 7
 *     npm run chaos -- --bugs             and the planted bugs
 */
import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { commit, print, runProgram, sizeOf } from '../verification/command-line';
import { writeLayerReport, type LayerReport, type Size } from '../verification/layer-report';
import { hunt } from './bug-hunt';
import { runChaos } from './run';

const MINUTES: Readonly<Record<Size, number>> = { slice: 0.25, ordinary: 2, release: 25 };
/** Of the history, around a failure. */
const SHOWN = 200;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      size: { type: 'string', default: 'ordinary' },
      bugs: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string' },
    },
  });
  const size = sizeOf(values.size);
  const seed = positive('seed', values.seed);
  const minutes = values.minutes === undefined ? MINUTES[size] : positive('minutes', values.minutes);
  const begun = performance.now();
  const { findings, folder, history, figures } = await runChaos({ seed, durationMs: minutes * 60_000 });
  const seconds = Math.round((performance.now() - begun) / 1_000);
  const all = { ...figures, 'faults a minute': Math.round((figures['faults'] ?? 0) / minutes) };
  print(
    `${Object.entries(all)
      .map(([what, count]) => `${count} ${what}`)
      .join(', ')} in ${seconds} s: ${findings.length} violations`,
  );
  if (findings.length > 0) {
    print(`seed ${seed}, commit ${commit()}; the whole history is in ${folder}`);
    for (const finding of findings.slice(0, 10)) print(`violated: ${finding}`);
    for (const event of history.slice(-SHOWN)) print(`  ${JSON.stringify(event)}`);
  }
  const bugs: LayerReport['bugs'] = values.bugs ? await hunt(seed) : {};
  for (const [bug, by] of Object.entries(bugs)) print(`planted bug ${bug}: ${by ?? 'NOT FOUND'}`);
  const command = `npm run chaos -- --minutes ${minutes} --seed ${seed}`;
  const violations = findings.map((finding) => `${finding.split('\n')[0]}; ${command}`);
  writeLayerReport({ layer: 'chaos', size, command, seconds, figures: all, violations, bugs });
  return findings.length > 0 ? 1 : 0;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new RangeError(`--${name}: ${JSON.stringify(text)} is not a number above 0`);
}

// Everything has been said: a connection that does not close must not keep a verified build waiting.
runProgram(main, (code) => process.exit(code));
