/** Looks for planted bugs, seed by seed. A bug is found when a promise is broken that it is expected to break; nothing else counts. */
import { print } from './command-line';
import type { LayerReport } from './layer-report';

/** What the planting says of a bug. */
export interface Breaking {
  /** The invariants that it breaks. */
  readonly breaks: readonly string[];
}

/** A promise that was broken under a planted bug. */
export interface Caught {
  readonly invariant: string;
  readonly message: string;
  /** What replays it. */
  readonly where: string;
}

export interface Hunted {
  /** Invariant, seed. `null` when the bug was not found. */
  readonly found: string | null;
  /** Another promise, broken before: a plant that no longer fits into the product breaks something too. */
  readonly stray: string | null;
}

/** Tries the seeds from 1 on. A bug that hides in all of them is not found. */
export async function huntFor(
  { breaks }: Breaking,
  mostSeeds: number,
  trySeed: (seed: number) => Promise<Caught | null>,
): Promise<Hunted> {
  let stray: string | null = null;
  for (let seed = 1; seed <= mostSeeds; seed += 1) {
    const caught = await trySeed(seed);
    if (caught === null) continue;
    const { invariant, message, where } = caught;
    if (breaks.includes(invariant)) return { found: `${invariant}, ${where}`, stray };
    stray ??= `${message} (${where})`;
  }
  return { found: null, stray };
}

/** Of all bugs of a layer: what found each, or `null`. */
export async function huntAll<Name extends string>(
  bugs: Readonly<Record<Name, Breaking>>,
  hunt: (name: Name) => Promise<Hunted>,
): Promise<LayerReport['bugs']> {
  const by: Record<string, string | null> = {};
  for (const name of Object.keys(bugs) as Name[]) {
    const { found, stray } = await hunt(name);
    by[name] = found;
    const other = stray === null ? '' : `; not expected of it: ${stray}`;
    print(`planted bug ${name}: ${found ?? 'NOT FOUND'}${other}`);
  }
  return by;
}
