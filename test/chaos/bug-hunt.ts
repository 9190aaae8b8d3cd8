/** Each planted bug that real processes can have, under the faults that bring it to light; judged by the same checks as ever. */
import { PLANTED_BUGS, type ExpectedBug, type PlantedBugName } from '../verification/planted-bugs';
import { runChaos, type RunOptions } from './run';
import { TIMES, type Times } from './supervisor';

interface Hunt extends NonNullable<RunOptions['faults']> {
  readonly env?: Readonly<Record<string, string>>;
  /** The promise that it breaks. */
  readonly breaks: RegExp;
  readonly meanGapMs?: number;
  readonly times?: Times;
}

const HUNTS: Readonly<Partial<Record<PlantedBugName, Hunt>>> = {
  'same-host-is-same-instance': { weights: { kill: 4, freeze: 8, reset: 9 }, breaks: /^exclusion/ },
  'release-before-stop': {
    weights: { terminate: 2, stop: 2, reset: 9 },
    breaks: /^(?:release order|exclusion|fencing)/,
  },
  'no-fence': { weights: { freeze: 8, 'key-deleted': 1, 'revoke-dead': 0.7 }, breaks: /^fencing/ },
  // A write that waits in its process, past the last look at the claim, until somebody else holds.
  'no-fence-in-redis': {
    weights: { 'freeze-at-failpoint': 5 },
    failpoints: ['fenced-write.before-guard'],
    lasting: [1.5, 2.5],
    breaks: /^fencing: Redis/,
    meanGapMs: 300,
  },
  // A holder that is declared dead goes on until its next heartbeat, which is long here; the next one is active, about a second after
  // it has claimed, before it has written.
  'no-seal': {
    weights: { 'revoke-dead': 1 },
    times: { ...TIMES, leaseTtlMs: 10_000, heartbeatIntervalMs: 4_500, safetyMarginMs: 1_000 },
    env: { CHAOS_ACT_EVERY_MS: '2500' },
    breaks: /^fencing/,
    meanGapMs: 2_500,
  },
  'status-without-ttl': { weights: { kill: 4, reset: 9, stop: 2, delay: 9 }, breaks: /^status TTL/ },
  'blind-renewal': {
    weights: { freeze: 8, 'key-deleted': 1, 'revoke-dead': 0.7 },
    breaks: /^(?:exclusion|foreign write)/,
  },
  // A release that waits in its process until the claim has expired and somebody else holds.
  'blind-release': {
    weights: { 'freeze-at-failpoint': 5, stop: 4, command: 4 },
    failpoints: ['release.before-send'],
    lasting: [1.1, 1.6],
    breaks: /^(?:exclusion|foreign write)/,
    meanGapMs: 300,
  },
  'no-grace': {
    weights: { 'holder-forgotten': 1 },
    env: { EMPTY_REDIS_GRACE: 'off' },
    breaks: /^exclusion/,
    meanGapMs: 300,
  },
  'grace-too-short': { weights: { 'holder-forgotten': 1 }, breaks: /^exclusion/, meanGapMs: 300 },
  // The longest answers that the relations of the settings allow.
  'deadline-from-reply': {
    weights: { 'stale-proof': 1 },
    times: { ...TIMES, heartbeatIntervalMs: 600, commandTimeoutMs: 290 },
    breaks: /^proof/,
    meanGapMs: 300,
  },
};

const DURATION_MS = 15_000;
/**
 * Real processes do not do the same thing twice: a bug that hides from so many runs is not found. One that must not be missed
 * has more of them; most show in the first.
 */
const ATTEMPTS = { demanded: 8, atTimes: 3 };

/** What found the bug, from this seed on. `null` when nothing did. */
export async function huntFor(bug: PlantedBugName, seed: number): Promise<string | null> {
  const wanted = HUNTS[bug];
  if (wanted === undefined) return null;
  const { env, times, meanGapMs = 400, weights, failpoints, lasting } = wanted;
  const options: Omit<RunOptions, 'seed'> = {
    durationMs: DURATION_MS,
    bug,
    until: wanted.breaks,
    meanGapMs,
    faults: {
      ...(weights === undefined ? {} : { weights }),
      ...(failpoints === undefined ? {} : { failpoints }),
      ...(lasting === undefined ? {} : { lasting }),
    },
    ...(env === undefined ? {} : { env }),
    ...(times === undefined ? {} : { times }),
  };
  const { foundBy }: ExpectedBug = PLANTED_BUGS[bug];
  const attempts = foundBy.includes('chaos') ? ATTEMPTS.demanded : ATTEMPTS.atTimes;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const { findings } = await runChaos({ ...options, seed: seed + attempt });
    const found = findings.find((finding) => wanted.breaks.test(finding));
    if (found !== undefined) return found.split(':')[0] ?? null;
  }
  return null;
}

export async function hunt(seed: number): Promise<Record<string, string | null>> {
  const found: Record<string, string | null> = {};
  for (const bug of Object.keys(HUNTS) as PlantedBugName[]) found[bug] = await huntFor(bug, seed);
  return found;
}
