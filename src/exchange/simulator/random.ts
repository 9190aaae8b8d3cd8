/**
 * Repeatable randomness: the same keys give the same numbers, on every machine, in any order of asking.
 *
 * Good enough for made-up prices, useless for secrets.
 */

/** Draws the next number, from 0 (included) to 1 (excluded). */
export type Random = () => number;

function avalanche(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** A 32-bit hash of a text (FNV-1a, mixed once more). */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return avalanche(hash);
}

/** A generator (mulberry32) whose stream belongs to this root and these whole-number keys alone. */
export function randomFor(root: number, ...keys: readonly number[]): Random {
  let state = root;
  for (const key of keys) {
    state = avalanche(state ^ Math.imul(key | 0, 0x9e3779b1));
    state = avalanche(state + Math.floor(key / 2 ** 32) + 1);
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let drawn = Math.imul(state ^ (state >>> 15), 1 | state);
    drawn = (drawn + Math.imul(drawn ^ (drawn >>> 7), 61 | drawn)) ^ drawn;
    return ((drawn ^ (drawn >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Mean 0, deviation 1, near enough to normal, and never beyond 3.5: a made-up price must not jump off the chart. */
export function drawNormal(random: Random): number {
  return (random() + random() + random() + random() - 2) * Math.sqrt(3);
}
