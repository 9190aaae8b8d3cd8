/** Each planted bug that real processes can have, under the faults that bring it to light; judged by the same checks as ever. */
import type { PlantedBugName } from '../verification/planted-bugs';
import type { FaultKind } from './plan';
import { runChaos, type RunOptions } from './run';

interface Hunt {
  readonly kinds: readonly FaultKind[];
  readonly env?: Readonly<Record<string, string>>;
  /** The promise that it breaks. */
  readonly breaks: RegExp;
  readonly meanGapMs?: number;
}

export const HUNTS: Readonly<Partial<Record<PlantedBugName, Hunt>>> = {
  'same-host-is-same-instance': { kinds: ['kill', 'freeze', 'reset'], breaks: /^exclusion/ },
  'release-before-stop': { kinds: ['terminate', 'stop', 'reset'], breaks: /^(?:exclusion|activity|fencing)/ },
  'no-fence': { kinds: ['freeze', 'key-deleted', 'revoke-dead'], breaks: /^fencing/ },
  'status-without-ttl': { kinds: ['kill', 'reset', 'stop', 'delay'], breaks: /^status TTL/ },
  'blind-renewal': {
    kinds: ['freeze', 'key-deleted', 'revoke-dead'],
    breaks: /^(?:exclusion|activity|foreign write)/,
  },
};

const DURATION_MS = 15_000;

/** What found the bug. `null` when nothing did. */
export async function huntFor(bug: PlantedBugName, seed: number): Promise<string | null> {
  const wanted = HUNTS[bug];
  if (wanted === undefined) return null;
  const { kinds, env, meanGapMs = 400 } = wanted;
  const options: RunOptions = {
    seed,
    durationMs: DURATION_MS,
    bug,
    kinds,
    meanGapMs,
    ...(env === undefined ? {} : { env }),
  };
  const { findings } = await runChaos(options);
  return findings.find((finding) => wanted.breaks.test(finding))?.split(':')[0] ?? null;
}

export async function hunt(seed: number): Promise<Record<string, string | null>> {
  const found: Record<string, string | null> = {};
  for (const bug of Object.keys(HUNTS) as PlantedBugName[]) found[bug] = await huntFor(bug, seed);
  return found;
}
