/**
 * The faults that the proof has to find: those of the predecessor (P1 to P5), and the classical ones of leases.
 *
 * Each layer plants them in its own way, where only tests can reach. `npm run verify` fails when a layer misses one that it is
 * to find (scripts/steps/judge-bugs.mjs); docs/reliability.md shows the same list as a table.
 */
import type { Layer } from './layer-report';

export interface ExpectedBug {
  /** As docs/reliability.md calls it. */
  readonly title: string;
  /** These have to find it, each time. */
  readonly foundBy: readonly Layer[];
  /** These plant it, and need luck to find it. */
  readonly atTimes?: readonly Layer[];
}

export const PLANTED_BUGS = {
  'deadline-from-reply': {
    title: 'Deadline counted from the reply',
    foundBy: ['model', 'simulation', 'schedule', 'chaos'],
  },
  'blind-renewal': {
    title: 'Renewal that asks nobody and revives (P1, P2)',
    foundBy: ['model', 'simulation', 'schedule', 'chaos'],
  },
  'overwriting-renewal': {
    title: 'Renewal that overwrites whoever holds (P1 alone)',
    foundBy: ['simulation', 'schedule'],
  },
  'reviving-renewal': {
    title: 'Renewal that revives a key that is gone (P2 alone)',
    foundBy: ['schedule'],
  },
  'status-without-ttl': {
    title: 'Status written onto an expired key never expires (P3)',
    foundBy: ['simulation', 'schedule', 'chaos'],
  },
  'blind-release': {
    title: 'Release that deletes whatever is there (P4)',
    foundBy: ['model', 'simulation', 'schedule', 'chaos'],
  },
  'same-host-is-same-instance': {
    title: 'Same hostname taken for the same instance (P5)',
    foundBy: ['simulation', 'schedule', 'chaos'],
  },
  'release-before-stop': {
    title: 'Claim given back before the work has ended',
    foundBy: ['model', 'simulation', 'schedule', 'chaos'],
  },
  'no-fence': {
    title: 'Resource that does not compare tokens',
    foundBy: ['model', 'simulation', 'schedule', 'chaos'],
  },
  'no-fence-in-redis': {
    title: 'Guard in front of the data in Redis that does not compare tokens',
    foundBy: ['simulation', 'schedule', 'chaos'],
  },
  'no-seal': {
    title: 'New holder that does not seal its resource',
    foundBy: ['model', 'simulation', 'schedule'],
    atTimes: ['chaos'],
  },
  'no-grace': {
    title: 'No grace after a loss of data',
    foundBy: ['model', 'simulation', 'schedule', 'chaos'],
  },
  'grace-too-short': {
    title: 'Grace too short',
    foundBy: ['model', 'simulation'],
    atTimes: ['chaos'],
  },
  'stop-forgotten': {
    title: 'Stop forgotten that comes while a start is being decided',
    foundBy: ['schedule'],
  },
  'renewal-after-release': {
    title: 'Renewal that comes after the release puts the claim back',
    foundBy: ['schedule'],
  },
  'late-timer-trusted': {
    title: 'Act allowed until a late timer has fired',
    foundBy: ['schedule'],
  },
  'unanswered-is-logged': {
    title: 'Log entry that nobody confirmed counts as written',
    foundBy: ['schedule'],
  },
  'release-told-early': {
    title: 'Release that is in the log before the claim is gone',
    foundBy: ['simulation', 'schedule'],
  },
} as const satisfies Readonly<Record<string, ExpectedBug>>;

export type PlantedBugName = keyof typeof PLANTED_BUGS;
