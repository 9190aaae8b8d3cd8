/** Where schedules have got to. */
import { belowFloors, type Counts } from '../verification/floors';

/** What of a schedule is counted. */
export const PLACES = [
  'starting',
  'warming',
  'active',
  'paused',
  'stopping',
  'stopped',
  'two claims',
  'demotion',
  'lost reply',
  'late request',
  'request without an answer',
  'late timer',
  'command taken',
  'crash',
  'loss of data',
] as const;

export type ReachedPlace = (typeof PLACES)[number];

export type Reached = Set<ReachedPlace>;

/** In this share of the schedules, at least; fewer, and the run has failed. */
export const LEAST_SHARE: Readonly<Counts<ReachedPlace>> = {
  active: 0.4,
  paused: 0.08,
  stopping: 0.4,
  'two claims': 0.08,
  demotion: 0.08,
  'lost reply': 0.25,
  'late request': 0.15,
  'late timer': 0.3,
  'command taken': 0.08,
  crash: 0.05,
  'loss of data': 0.08,
};

/** One sentence for each place that too few of the schedules got to. */
export function neglected(counts: Counts<ReachedPlace>, schedules: number): string[] {
  return belowFloors(LEAST_SHARE, counts, schedules, 'schedules');
}
