/**
 * What fast-check draws: how a world is set up, how far it is led straight on, and the moves from there.
 *
 * A move is one number, so that drawing costs little and a failing list shrinks move by move, each towards 0: the next task in due
 * order. What a number means depends on what is waiting when it is its turn; every number means something.
 */
import * as fc from 'fast-check';
import { WISHES, type Wish } from './wishes';

/** Until the first process has got there everything happens in due order. */
export const OPENINGS = ['active', 'paused', 'stopping', 'warming', 'starting', 'none'] as const;
export type Opening = (typeof OPENINGS)[number];

export interface Setup {
  /** Of whatever jitters. */
  readonly seed: number;
  readonly opening: Opening;
  /** The second process: there from the beginning, or only once somebody starts one. */
  readonly isDouble: boolean;
  /** Whether a process begins by itself, or has to be told to. */
  readonly autostart: boolean;
  readonly standby: boolean;
  /** Which of the sets of times (setting.ts). */
  readonly times: number;
}

export type Move =
  /** The next task in due order. */
  | { readonly kind: 'next' }
  /** Any message, now. */
  | { readonly kind: 'message'; readonly pick: number }
  /** Any message is held up. */
  | { readonly kind: 'delay'; readonly pick: number; readonly byMs: number }
  /** One of the next few timers, or any; what was due before it is late. */
  | { readonly kind: 'timer'; readonly pick: number; readonly among: number }
  /** Any message is lost. */
  | { readonly kind: 'lose'; readonly pick: number }
  /** Some tasks in due order. */
  | { readonly kind: 'wait'; readonly steps: number }
  | { readonly kind: 'wish'; readonly wish: Wish; readonly place: number };

/** Shorter than any limit; longer than a margin; longer than a request is waited for. */
const DELAYS_MS = [50, 200, 400, 1_500];

const MOST = 2 ** 24 - 1;

/** The number as a hundred-sided die, and what is left of it. */
export function moveOf(drawn: number): Move {
  const die = drawn % 100;
  const rest = Math.floor(drawn / 100);
  if (die < 20) return { kind: 'next' };
  if (die < 36) return { kind: 'message', pick: rest };
  if (die < 50) return { kind: 'delay', pick: rest, byMs: DELAYS_MS[rest % DELAYS_MS.length] ?? 0 };
  if (die < 58) return { kind: 'timer', pick: rest, among: 3 };
  if (die < 61) return { kind: 'timer', pick: rest, among: Number.POSITIVE_INFINITY };
  if (die < 66) return { kind: 'lose', pick: rest };
  if (die < 76) return { kind: 'wait', steps: 2 + (rest % 18) };
  const wish = WISHES[rest % WISHES.length] ?? 'stop';
  return { kind: 'wish', wish, place: Math.floor(rest / WISHES.length) % 2 };
}

export const SETUP: fc.Arbitrary<Setup> = fc.record({
  seed: fc.nat(999),
  // Half of all begin with somebody active.
  opening: fc.constantFrom(...OPENINGS, 'active', 'active'),
  isDouble: fc.constantFrom(true, true, true, false),
  autostart: fc.boolean(),
  standby: fc.constantFrom(true, true, true, false),
  times: fc.nat(3),
});

export function movesUpTo(most: number): fc.Arbitrary<number[]> {
  return fc.array(fc.nat(MOST), { maxLength: most, size: 'max' });
}
