/** What is searched: the model as it is, the model with each planted bug, and whether the model gets anywhere at all. */
import type { Size } from '../verification/layer-report';
import type { PlantedBugName } from '../verification/planted-bugs';
import type { Search } from './checker';

const whole = (...defines: string[]): Search => ({ defines, order: 'whole' });
const shortest = (...defines: string[]): Search => ({ defines, order: 'shortest' });

/** Nothing may be found in these. */
export const SOUND: Readonly<Record<Size, readonly Search[]>> = {
  slice: [whole('N=2', 'CLAIMS=2')],
  ordinary: [whole('N=2', 'CLAIMS=2', 'FAILOVER'), whole('N=2', 'CLAIMS=3'), whole('N=3', 'CLAIMS=1')],
  release: [whole('N=3', 'CLAIMS=2'), whole('N=2', 'CLAIMS=2', 'FAILOVER'), whole('N=2', 'CLAIMS=3')],
};

const mutant = (define: string) => shortest('N=2', 'CLAIMS=3', define);

/** Each of these has a counterexample. */
export const MUTANTS: Readonly<Partial<Record<PlantedBugName, Search>>> = {
  'deadline-from-reply': mutant('DEADLINE_FROM_REPLY'),
  'blind-release': mutant('BLIND_RELEASE'),
  'blind-renewal': mutant('BLIND_RENEWAL'),
  'release-before-stop': mutant('RELEASE_BEFORE_STOP'),
  'no-fence': mutant('NO_FENCE'),
  'no-seal': mutant('NO_SEAL'),
  'no-grace': mutant('NO_GRACE'),
  'grace-too-short': mutant('GRACE_SHORT'),
};

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
