/** What really happened in a world: a fault that finds nothing to hit proves nothing, nor do worlds without claims. */
import { belowFloors, type Counts } from '../verification/floors';
import type { FaultKind } from './fault-plan';

/** What the weather of a link is there for: counted where it hits a message, not where it changes. */
export type WeatherKind = 'cut' | 'refuse' | 'lose' | 'late' | 'slow-reply';

export type Effect =
  | Exclude<FaultKind, WeatherKind>
  | 'message cut off'
  | 'request refused'
  | 'lost request'
  | 'lost reply'
  | 'late request'
  | 'late reply'
  | 'second claim'
  | 'claim deferred'
  | 'key put back'
  | 'demotion'
  | 'command taken'
  | 'late write refused'
  | 'late write to the store refused';

export class Effects {
  readonly counts: Counts<Effect> = {};

  add(effect: Effect): void {
    this.counts[effect] = (this.counts[effect] ?? 0) + 1;
  }
}

/** In this share of the worlds, at least; fewer, and the run has failed. */
export const LEAST_SHARE: Readonly<Record<Effect, number>> = {
  freeze: 0.12,
  suspend: 0.14,
  crash: 0.15,
  reboot: 0.15,
  terminate: 0.15,
  'wall-jump': 0.15,
  fade: 0.14,
  'work-fails': 0.11,
  'work-sticks': 0.14,
  'operator-stop': 0.2,
  'operator-pause': 0.2,
  'command-stop': 0.15,
  'command-pause': 0.15,
  'command-resume': 0.14,
  'store-down': 0.15,
  'store-restart': 0.15,
  'store-forgets': 0.14,
  'store-rolls-back': 0.15,
  'store-clock-jump': 0.15,
  'key-garbage': 0.15,
  'key-deleted': 0.03,
  'fence-deleted': 0.07,
  revoke: 0.2,
  'revoke-dead': 0.06,
  'message cut off': 0.25,
  'request refused': 0.3,
  'lost request': 0.12,
  'lost reply': 0.11,
  'late request': 0.4,
  'late reply': 0.4,
  'second claim': 0.8,
  'claim deferred': 0.3,
  'key put back': 0.3,
  demotion: 0.5,
  'command taken': 0.3,
  'late write refused': 0.25,
  'late write to the store refused': 0.3,
};

/** Of a whole run, for each world of it. */
const LEAST_HOURS = 40;
const LEAST_TTLS = 25;

/** Shares mean something from here on; hours, which few worlds with a long TTL have most of, from there on. */
const FEWEST_WORLDS = 500;
const FEWEST_FOR_HOURS = 1_000;

/** One sentence for each floor that a run is below. */
export function neglected(worlds: number, { hours, ttls, worldsWith }: Volume): string[] {
  const found = worlds < FEWEST_WORLDS ? [] : belowFloors(LEAST_SHARE, worldsWith, worlds, 'worlds');
  const short = (simulated: number, least: number, unit: string) =>
    found.push(
      `only ${Math.round(simulated)} ${unit} in ${worlds} worlds; at least ${least * worlds} should be`,
    );
  if (ttls < LEAST_TTLS * worlds) short(ttls, LEAST_TTLS, 'TTLs');
  if (worlds >= FEWEST_FOR_HOURS && hours < LEAST_HOURS * worlds) short(hours, LEAST_HOURS, 'hours');
  return found;
}

interface Volume {
  readonly hours: number;
  readonly ttls: number;
  readonly worldsWith: Counts<Effect>;
}
