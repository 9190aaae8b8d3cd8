/** What the faults of a run have come to: a plan that never hits anything finds nothing. */
import { FAILPOINTS } from '../../src/failpoints';
import type { HistoryEvent } from './history';
import type { Weights } from './plan';

/** So many TTLs (two minutes of 1.5 s): each kind of the profile must have had an effect, and is planned often enough for that (plan.ts). */
export const EVERY_KIND_TTLS = 80;
/** So many (ten minutes): at each failpoint a process must have stood still. */
export const EVERY_PLACE_TTLS = 400;
/** So many (25 minutes): in each state a process must have been told to end. Some do not last for long. */
export const EVERY_STATE_TTLS = 1_000;

/** In these a process is told to end. Before it has logged that it can be told anything, it is `beginning`. */
export const ENDED_IN = ['idle', 'starting', 'warming', 'active', 'stopping'] as const;

export interface Effects {
  readonly made: number;
  readonly planned: number;
  /** Of each kind: how many had an effect, of how many. */
  readonly kinds: Readonly<Record<string, { readonly made: number; readonly planned: number }>>;
  /** How often a process has stood still at each failpoint. */
  readonly failpoints: Readonly<Record<string, number>>;
  /** How often a process was told to end in each state. */
  readonly endedIn: Readonly<Record<string, number>>;
}

export function effectsIn(history: readonly HistoryEvent[]): Effects {
  const faults = history.filter(({ what }) => what === 'fault');
  const kinds: Record<string, { made: number; planned: number }> = {};
  for (const { kind = '', made } of faults) {
    const counted = (kinds[kind] ??= { made: 0, planned: 0 });
    counted.planned += 1;
    if (made === true) counted.made += 1;
  }
  return {
    made: faults.filter(({ made }) => made === true).length,
    planned: faults.length,
    kinds,
    failpoints: count(history.filter(({ what }) => what === 'frozen').map(({ name = '' }) => name)),
    endedIn: count(history.filter(({ what }) => what === 'told-to-end').map(({ state = '' }) => state)),
  };
}

function count(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** One sentence for each place that a run of this length should have got to, and has not. */
export function neglected(
  { kinds, failpoints, endedIn }: Effects,
  {
    weights,
    own,
    durationMs,
    leaseTtlMs,
  }: {
    readonly weights: Weights;
    /** One of these must have had an effect, however short the run was. */
    readonly own: readonly string[];
    readonly durationMs: number;
    readonly leaseTtlMs: number;
  },
): string[] {
  const ttls = durationMs / leaseTtlMs;
  const never = (what: string) => `neglected: in ${Math.round(durationMs / 1_000)} s ${what}`;
  const isWithout = (kind: string) => !kinds[kind]?.made;
  const idle = ttls < EVERY_KIND_TTLS ? [] : Object.keys(weights).filter(isWithout);
  return [
    ...(own.length > 0 && own.every(isWithout) ? [never(`none of ${own.join(', ')} had an effect`)] : []),
    ...idle.map((kind) => never(`no ${kind} had an effect`)),
    ...(weights['freeze-at-failpoint'] === undefined || ttls < EVERY_PLACE_TTLS ? [] : FAILPOINTS)
      .filter((name) => !failpoints[name])
      .map((name) => never(`no process stood still at ${name}`)),
    ...(weights.terminate === undefined || ttls < EVERY_STATE_TTLS ? [] : ENDED_IN)
      .filter((state) => !endedIn[state])
      .map((state) => never(`no process was told to end while ${state}`)),
  ];
}

/** So many (one minute): there must have been something to judge. */
export const SOMETHING_TTLS = 40;

/** How much of it in each TTL, at least: a fifth of what runs have on two cores, or less. */
const LEAST_IN_A_TTL = {
  claims: 0.05,
  acts: 10,
  'looks at Redis': 5,
  'looks with something new in the data': 0.5,
};

/** One sentence for each thing that a run of this length has too little of for its verdict to say anything. */
export function barren(
  figures: Readonly<Record<string, number>>,
  {
    durationMs,
    leaseTtlMs,
    faultsInATtl = 0,
  }: { readonly durationMs: number; readonly leaseTtlMs: number; readonly faultsInATtl?: number | undefined },
): string[] {
  const ttls = durationMs / leaseTtlMs;
  if (ttls < SOMETHING_TTLS) return [];
  return Object.entries({ ...LEAST_IN_A_TTL, faults: faultsInATtl }).flatMap(([what, least]) => {
    const [had, wanted] = [figures[what] ?? 0, Math.ceil(least * ttls)];
    return had >= wanted
      ? []
      : [`barren: in ${Math.round(durationMs / 1_000)} s ${had} ${what}; at least ${wanted} should be`];
  });
}

/** For the record: `kill 12/12, hold 9/9`; and how often at each failpoint, and in each state. */
export function told({ kinds, failpoints, endedIn }: Effects): Readonly<Record<string, string>> {
  const list = (entries: [string, string | number][]) =>
    entries
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([name, text]) => `${name} ${text}`)
      .join(', ');
  return {
    'had an effect, of those planned': list(
      Object.entries(kinds).map(([kind, { made, planned }]) => [kind, `${made}/${planned}`]),
    ),
    'stood still at': list(Object.entries(failpoints)),
    'told to end while': list(Object.entries(endedIn)),
  };
}
