/** What goes wrong, and when: drawn from a seed. The same seed is the same plan; what real processes make of it is not. */
import { FAILPOINTS, type FailpointName } from '../../src/failpoints';
import type { Draw } from '../simulation/draw';
import { EVERY_KIND_TTLS } from './effects';

/** How often each kind comes, relative to the others. */
export const KINDS = {
  kill: 4,
  freeze: 8,
  'freeze-at-failpoint': 10,
  block: 6,
  terminate: 2,
  'terminate-twice': 0.7,
  hold: 9,
  'drop-requests': 9,
  'drop-replies': 9,
  fade: 6,
  'stale-proof': 2,
  delay: 9,
  refuse: 5,
  reset: 9,
  'reconnect-storm': 3,
  'redis-pauses': 1.5,
  'redis-sleeps': 1.5,
  'clients-killed': 3,
  'redis-restarts': 1,
  'redis-down': 1,
  'redis-forgets': 0.7,
  'holder-forgotten': 0.3,
  'key-deleted': 1,
  'key-expired': 1,
  'key-poisoned': 2,
  'fence-deleted': 0.5,
  'fence-poisoned': 0.5,
  'commands-poisoned': 1,
  pause: 3,
  stop: 2,
  command: 4,
  revoke: 1.5,
  'revoke-dead': 0.7,
} as const;

/** Where there are replicas. */
export const FAILOVERS = ['primary-killed', 'primary-hangs', 'claim-lost', 'failover-ordered'] as const;

export type FaultKind = keyof typeof KINDS | (typeof FAILOVERS)[number] | 'clock-jumps' | 'redis-clock-jumps';

/** Which servers a fault of the network cuts a process off from, where there are several: `primary` takes the writes now. */
const REACHES = ['all', 'all', 'primary', 'primary', 'others', 'one'] as const;

export interface PlannedFault {
  readonly kind: FaultKind;
  readonly atMs: number;
  readonly slot: number;
  readonly durationMs: number;
  readonly failpoint: FailpointName;
  readonly reach: (typeof REACHES)[number];
  /** From 0 to 1: whatever else the kind leaves open. */
  readonly force: number;
}

export interface PlanOptions {
  readonly durationMs: number;
  readonly leaseTtlMs: number;
  readonly slots: number;
  readonly meanGapMs: number;
  /** Other frequencies than `KINDS`, and no other kinds. */
  readonly weights?: Weights;
  readonly failpoints?: readonly FailpointName[];
  /** How long a fault lasts, in TTLs: from, to. */
  readonly lasting?: readonly [number, number];
  /** What the run is about: its first fault is one of these, however short it is. */
  readonly own?: readonly FaultKind[];
}

export type Weights = Readonly<Partial<Record<FaultKind, number>>>;

/** In TTLs; most faults are short, or nobody would ever come to work. */
const LASTING: readonly (readonly [number, number])[] = [
  [0.05, 0.4],
  [0.05, 0.4],
  [0.4, 3],
];

/** Of each kind in a run that has to show an effect of each: some find nothing to be done to. */
const LEAST = 4;

export function plan(draw: Draw, options: PlanOptions): PlannedFault[] {
  const { weights = KINDS, failpoints = FAILPOINTS, lasting, own = [] } = options;
  const reaches = draw.for('reach');
  const faults: PlannedFault[] = [];
  for (let atMs = 0; ;) {
    atMs += -Math.log(1 - draw.next()) * options.meanGapMs;
    if (atMs >= options.durationMs) break;
    faults.push({
      kind: pickWeighted(draw, Object.entries(weights) as [FaultKind, number][]),
      atMs,
      slot: draw.whole(0, options.slots - 1),
      durationMs: options.leaseTtlMs * draw.magnitude(...(lasting ?? draw.pick(LASTING))),
      failpoint: draw.pick(failpoints),
      reach: reaches.pick(REACHES),
      force: draw.next(),
    });
  }
  const [first, ...others] = faults;
  const begun =
    first === undefined || own.length === 0
      ? faults
      : [{ ...first, kind: draw.for('own').pick(own) }, ...others];
  const isShort = options.durationMs / options.leaseTtlMs < EVERY_KIND_TTLS;
  const all = isShort ? begun : withEvery(Object.keys(weights) as FaultKind[], begun, draw);
  return atEveryPlace(failpoints, all, draw.for('places'));
}

/** Each failpoint is tried once before one is tried again, in an order drawn anew each time. */
function atEveryPlace(
  failpoints: readonly FailpointName[],
  faults: readonly PlannedFault[],
  draw: Draw,
): PlannedFault[] {
  let left: readonly FailpointName[] = [];
  return faults.map((fault) => {
    if (fault.kind !== 'freeze-at-failpoint') return fault;
    if (left.length === 0) left = failpoints;
    const failpoint = draw.pick(left);
    left = left.filter((name) => name !== failpoint);
    return { ...fault, failpoint };
  });
}

/** The rare kinds take the places of the most frequent ones. */
function withEvery(kinds: readonly FaultKind[], faults: readonly PlannedFault[], draw: Draw): PlannedFault[] {
  const all = [...faults];
  const of = (kind: FaultKind) => all.flatMap((fault, at) => (fault.kind === kind ? [at] : []));
  for (const kind of kinds) {
    for (let missing = LEAST - of(kind).length; missing > 0; missing -= 1) {
      const places = kinds.map(of).reduce((most, next) => (next.length > most.length ? next : most), []);
      const at = draw.pick(places);
      const fault = all[at];
      if (places.length > LEAST && fault !== undefined) all[at] = { ...fault, kind };
    }
  }
  return all;
}

function pickWeighted(draw: Draw, weights: readonly [FaultKind, number][]): FaultKind {
  let left = draw.next() * weights.reduce((sum, [, weight]) => sum + weight, 0);
  const [kind] = weights.find(([, weight]) => (left -= weight) < 0) ?? draw.pick(weights);
  return kind;
}
