/** What a run can be about: which Redis, which times, which faults. */
import type { HistoryEvent } from './history';
import { startClusterSide } from './cluster-side';
import { FAILOVERS, KINDS, type FaultKind, type Weights } from './plan';
import { startStandalone, type RedisSide } from './redis-side';
import type { RoleChange } from './role-watch';
import { startSentinelSide } from './sentinel-side';
import { TIMES, type Times } from './supervisor';

export const PROFILE_NAMES = ['standard', 'sentinel', 'cluster', 'clocks', 'redis-clock', 'soak'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

export interface RedisSideOptions {
  readonly slots: number;
  readonly seed: number;
  readonly note: (event: HistoryEvent) => void;
  readonly onChange: (change: RoleChange) => void;
}

export interface Profile {
  readonly times: Times;
  readonly weights: Weights;
  readonly meanGapMs: number;
  /** What it is there for: a run without any of these, however short, has shown nothing of it. Empty: all that it has. */
  readonly own: readonly FaultKind[];
  /** So many are to have an effect in each TTL; no bound unless given. */
  readonly faultsInATtl?: number;
  /** How fast the clocks of a process run, by a number from 0 to 1 drawn for each start; 1 unless given. */
  readonly clockRate?: (drawn: number) => number;
  startRedis(options: RedisSideOptions): Promise<RedisSide>;
}

/** Rarely: every failover costs a TTL and a grace. */
const OF_PROCESSES: Weights = {
  kill: 4,
  freeze: 5,
  'freeze-at-failpoint': 6,
  block: 4,
  terminate: 2,
  'clients-killed': 2,
  'reconnect-storm': 1,
  pause: 2,
  stop: 1,
  command: 3,
  revoke: 1,
};
const OF_THE_NETWORK: Weights = {
  hold: 4,
  'drop-requests': 4,
  'drop-replies': 4,
  fade: 3,
  'stale-proof': 1,
  delay: 4,
  refuse: 3,
  reset: 4,
};
const WITH_FAILOVERS: Weights = {
  ...OF_PROCESSES,
  ...OF_THE_NETWORK,
  'primary-killed': 4,
  'primary-hangs': 4,
  'claim-lost': 6,
  'failover-ordered': 4,
};

const CLOCK_RATES = { slowest: 0.99, fastest: 1.01 };
// These two tell the time by what the processes say.
const { 'stale-proof': _stale, 'holder-forgotten': _forgotten, ...UNAIMED } = KINDS;
// A Redis that has forgotten the last token makes the next one from its clock: set back, it would make a smaller one.
const {
  'redis-forgets': _forgets,
  'fence-deleted': _deleted,
  'fence-poisoned': _poisoned,
  ...REMEMBERING
} = UNAIMED;

/** The defaults of the product; its faults last as many TTLs as ever. */
const REAL_TIMES: Times = {
  leaseTtlMs: 45_000,
  heartbeatIntervalMs: 15_000,
  safetyMarginMs: 5_000,
  commandTimeoutMs: 3_000,
};

const STANDARD: Profile = {
  times: TIMES,
  weights: KINDS,
  meanGapMs: 190,
  own: [],
  startRedis: ({ slots }) => startStandalone(slots),
};

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  // 120 a minute. It is made to have 200 and more, which a machine that is slow, or has other work, need not reach.
  standard: { ...STANDARD, faultsInATtl: 3 },
  sentinel: {
    times: TIMES,
    weights: WITH_FAILOVERS,
    meanGapMs: 320,
    own: FAILOVERS,
    // Even seeds have the settings that the README recommends.
    startRedis: (options) => startSentinelSide(options.seed % 2 === 0, options),
  },
  cluster: {
    times: TIMES,
    weights: WITH_FAILOVERS,
    meanGapMs: 320,
    own: FAILOVERS,
    startRedis: startClusterSide,
  },
  clocks: {
    ...STANDARD,
    times: { ...TIMES, slowestClock: CLOCK_RATES.slowest, fastestClock: CLOCK_RATES.fastest },
    weights: { ...UNAIMED, 'clock-jumps': 25 },
    own: ['clock-jumps'],
    clockRate: (drawn) => CLOCK_RATES.slowest + drawn * (CLOCK_RATES.fastest - CLOCK_RATES.slowest),
  },
  'redis-clock': {
    ...STANDARD,
    weights: { ...REMEMBERING, 'redis-clock-jumps': 15 },
    // Nowhere else can Redis's clock be shifted.
    own: process.platform === 'linux' ? ['redis-clock-jumps'] : [],
    startRedis: ({ slots }) => startStandalone(slots, { shiftsClock: true }),
  },
  soak: { ...STANDARD, times: REAL_TIMES, meanGapMs: 6_000 },
};
