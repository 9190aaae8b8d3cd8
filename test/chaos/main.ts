/**
 * `npm run chaos`: four real processes on a real Redis, under faults.
 *
 *     npm run chaos                       the ordinary size: 3 minutes of faults, mostly of the standard profile
 *     npm run chaos -- --minutes 25 --seed 7
 *     npm run chaos -- --profile cluster  one profile (profiles.ts): standard, sentinel, cluster, clocks, redis-clock, soak
 *     npm run chaos -- --bugs             and the planted bugs
 */
import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { commit, print, runProgram, sizeOf } from '../verification/command-line';
import { writeLayerReport, type LayerReport, type Size } from '../verification/layer-report';
import { hunt } from './bug-hunt';
import { timeOf, type HistoryEvent } from './history';
import { PROFILE_NAMES, type ProfileName } from './profiles';
import { runChaos } from './run';

type Minutes = Readonly<Partial<Record<ProfileName, number>>>;

const MINUTES: Readonly<Record<Size, Minutes>> = {
  slice: { standard: 0.25 },
  ordinary: { standard: 7 / 3, cluster: 1 / 3, clocks: 1 / 3, 'redis-clock': 1 / 3 },
  release: { standard: 27, sentinel: 10, cluster: 10, clocks: 10, 'redis-clock': 10 },
};
/** Of one profile, if neither minutes nor a size are given. */
const ALONE: Readonly<Record<ProfileName, number>> = {
  standard: 3,
  sentinel: 3,
  cluster: 3,
  clocks: 3,
  'redis-clock': 3,
  soak: 30,
};
/** Of the history, around a failure. */
const SHOWN = 200;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      size: { type: 'string', default: 'ordinary' },
      bugs: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  const size = sizeOf(values.size);
  const seed = positive('seed', values.seed);
  const begun = performance.now();
  const figures: Record<string, number | string> = {};
  const violations: string[] = [];
  for (const [profile, minutes] of Object.entries(minutesOf(size, values)) as [ProfileName, number][]) {
    const command = `npm run chaos -- --profile ${profile} --minutes ${Number(minutes.toFixed(2))} --seed ${seed}`;
    const { findings, text, details, ...run } = await tell(profile, minutes, seed);
    violations.push(...findings.map((finding) => `${finding.split('\n')[0]}; ${command}`));
    if (profile === 'standard') Object.assign(figures, run.figures, details);
    else figures[`in profile ${profile}`] = text;
  }
  const seconds = Math.round((performance.now() - begun) / 1_000);
  const bugs: LayerReport['bugs'] = values.bugs ? await hunt(seed) : {};
  for (const [bug, by] of Object.entries(bugs)) print(`planted bug ${bug}: ${by ?? 'NOT FOUND'}`);
  const command = `npm run chaos -- --size ${size} --seed ${seed}`;
  writeLayerReport({ layer: 'chaos', size, command, seconds, figures, violations, bugs });
  return violations.length > 0 ? 1 : 0;
}

/** Minutes without a profile are of the standard one. */
function minutesOf(size: Size, { profile, minutes }: { profile?: string; minutes?: string }): Minutes {
  if (profile === undefined && minutes === undefined) return MINUTES[size];
  const name = profileOf(profile ?? 'standard');
  return { [name]: minutes === undefined ? ALONE[name] : positive('minutes', minutes) };
}

/** Runs one profile, and says what came of it. */
async function tell(profile: ProfileName, minutes: number, seed: number) {
  const begun = performance.now();
  const { findings, folder, history, figures, details } = await runChaos({
    seed,
    profile,
    durationMs: minutes * 60_000,
  });
  const seconds = Math.round((performance.now() - begun) / 1_000);
  const all = { ...figures, 'faults a minute': Math.round((figures['faults'] ?? 0) / minutes) };
  const text = Object.entries(all)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');
  print(`${profile}: ${text} in ${seconds} s: ${findings.length} violations`);
  for (const [what, detail] of Object.entries(details)) print(`  ${what}: ${detail}`);
  if (findings.length > 0) {
    print(`seed ${seed}, commit ${commit()}; the whole history is in ${folder}`);
    for (const finding of findings.slice(0, 10)) print(`violated: ${finding}`);
    for (const event of around(findings, history)) print(`  ${JSON.stringify(event)}`);
  }
  return { findings, figures: all, text, details };
}

/** What happened around the first finding that has a time; the end, if none has. */
function around(findings: readonly string[], history: readonly HistoryEvent[]): readonly HistoryEvent[] {
  const at = findings.map(timeOf).find((time) => time !== null);
  const after = at === undefined ? -1 : history.findIndex((event) => event.at > (at ?? Infinity));
  const middle = after < 0 ? history.length : after;
  const from = Math.max(0, Math.min(middle - SHOWN / 2, history.length - SHOWN));
  return history.slice(from, from + SHOWN);
}

function profileOf(text: string): ProfileName {
  const profile = PROFILE_NAMES.find((name) => name === text);
  if (profile === undefined)
    throw new RangeError(`--profile: ${text} is none of ${PROFILE_NAMES.join(', ')}`);
  return profile;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new RangeError(`--${name}: ${JSON.stringify(text)} is not a number above 0`);
}

// Everything has been said: a connection that does not close must not keep a verified build waiting.
runProgram(main, (code) => process.exit(code));
