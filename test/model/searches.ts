/** What is searched: the model as it is, the model with each planted bug, and whether the model gets anywhere at all. */
import type { Size } from '../verification/layer-report';
import type { PlantedBugName } from '../verification/planted-bugs';
import type { Search } from './checker';

const whole = (...defines: string[]): Search => ({ defines, order: 'whole' });
const shortest = (...defines: string[]): Search => ({ defines, order: 'shortest' });

/** A search in which nothing may be found, and the fewest states that it has to look at. */
export interface SoundSearch extends Search {
  readonly leastStates: number;
}

const sound = (leastStates: number, ...defines: string[]): SoundSearch => ({
  ...whole(...defines),
  leastStates,
});

/** A second holder takes a second claim: with one claim a third process would show nothing of exclusion. */
const THREE_PROCESSES = sound(19_000_000, 'N=3', 'CLAIMS=2');
const FAILOVER = sound(14_000_000, 'N=2', 'CLAIMS=2', 'FAILOVER');
const THREE_CLAIMS = sound(13_000_000, 'N=2', 'CLAIMS=3');

export const SOUND: Readonly<Record<Size, readonly SoundSearch[]>> = {
  slice: [sound(500_000, 'N=2', 'CLAIMS=2')],
  ordinary: [THREE_PROCESSES, FAILOVER, THREE_CLAIMS],
  release: [THREE_PROCESSES, FAILOVER, THREE_CLAIMS],
};

const DEFINES = {
  'deadline-from-reply': 'DEADLINE_FROM_REPLY',
  'blind-release': 'BLIND_RELEASE',
  'blind-renewal': 'BLIND_RENEWAL',
  'release-before-stop': 'RELEASE_BEFORE_STOP',
  'no-fence': 'NO_FENCE',
  'no-seal': 'NO_SEAL',
  'no-grace': 'NO_GRACE',
  'grace-too-short': 'GRACE_SHORT',
} as const satisfies Partial<Record<PlantedBugName, string>>;

export type ModelledBugName = keyof typeof DEFINES;

const ALL = Object.entries(DEFINES) as [ModelledBugName, string][];

/** Each of these has a counterexample. */
export const MUTANTS = Object.fromEntries(
  ALL.map(([bug, define]) => [bug, shortest('N=2', 'CLAIMS=3', define)]),
) as Readonly<Record<ModelledBugName, Search>>;

/** These break the claim of a third party: nothing is found with two claims, and three processes with three claims take too long. */
const OF_THREE_CLAIMS: ReadonlySet<ModelledBugName> = new Set(['blind-release', 'blind-renewal']);

/** So have these, in the release size. */
export const MUTANTS_OF_THREE: Readonly<Partial<Record<ModelledBugName, Search>>> = Object.fromEntries(
  ALL.filter(([bug]) => !OF_THREE_CLAIMS.has(bug)).map(([bug, define]) => [
    bug,
    shortest('N=3', 'CLAIMS=2', define),
  ]),
);

/** The model claims that it never comes here, and has to be wrong. */
export const REACHED: Readonly<Record<string, Search>> = Object.fromEntries(
  [
    'a successor of a claim that expired',
    'a claim that waits out a grace',
    'a key put back by its fence',
    'a key put back without a fence',
    'a renewal that finds its claim lost',
    'a late write that is refused',
  ].map((place, at) => [place, shortest('N=2', 'CLAIMS=2', `REACH=${at + 1}`)]),
);
