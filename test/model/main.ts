/**
 * `npm run model`: the lease protocol in every order of events, by SPIN (docs/reliability.md).
 *
 *     npm run model                        the ordinary size; -- --size release for all of it
 *     npm run model -- --bugs              and the planted bugs
 */
import { parseArgs } from 'node:util';
import { print, runProgram, sizeOf } from '../verification/command-line';
import { writeLayerReport, type LayerReport, type Size } from '../verification/layer-report';
import { check, type Outcome, type Search } from './checker';
import { MUTANTS, MUTANTS_OF_THREE, REACHED, SOUND, type ModelledBugName } from './searches';

/** Steps of a counterexample that are printed. */
const SHOWN = 200;
/** Searches at a time: each needs up to 2 GiB, the longest of the release size 8. */
const AT_ONCE = 2;

/** Checks all of them, a few at a time, in the order given. */
async function checkAll(searches: readonly Search[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const waiting = [...searches.entries()];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [at, search] = next;
      const outcome = await check(search);
      outcomes[at] = outcome;
      const { end, states, seconds, finding } = outcome;
      print(
        `  ${search.defines.join(' ')}: ${end}, ${states} states, ${seconds.toFixed(1)} s${finding === null ? '' : `: ${finding}`}`,
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return outcomes;
}

const commandOf = ({ defines }: Search) =>
  `spin ${defines.map((define) => `-D${define}`).join(' ')} -search -m400000 test/model/lease.pml`;

/** What refuted each planted bug: in the release size, where three processes can show it, among three too. */
async function hunt(size: Size): Promise<LayerReport['bugs']> {
  const names = Object.keys(MUTANTS) as ModelledBugName[];
  const refuted = await checkAll(Object.values(MUTANTS));
  const three = size === 'release' ? MUTANTS_OF_THREE : {};
  const ofThree = await checkAll(Object.values(three));
  const spared = new Set(Object.keys(three).filter((_, at) => !isViolated(ofThree[at])));
  return Object.fromEntries(
    names.map((name, at) => {
      const outcome = refuted[at];
      const isRefuted = isViolated(outcome) && !spared.has(name);
      return [name, isRefuted ? `${outcome?.length} steps: ${outcome?.finding}` : null];
    }),
  );
}

const isViolated = (outcome: Outcome | undefined) => outcome?.end === 'violated';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { size: { type: 'string', default: 'ordinary' }, bugs: { type: 'boolean', default: false } },
  });
  const size = sizeOf(values.size);
  const begun = performance.now();
  const sound = await checkAll(SOUND[size]);
  const violations = sound
    .filter(({ end }) => end !== 'complete')
    .map(({ search, end, finding }) => `${end}: ${finding ?? ''}; ${commandOf(search)}`);
  SOUND[size].forEach((search, at) => {
    const states = sound[at]?.states ?? 0;
    if (states < search.leastStates)
      violations.push(
        `only ${states} states; at least ${search.leastStates} should be; ${commandOf(search)}`,
      );
  });
  for (const { steps } of sound) for (const step of steps.slice(-SHOWN)) print(`    ${step}`);
  const reached = await checkAll(Object.values(REACHED));
  Object.keys(REACHED).forEach((place, at) => {
    if (!isViolated(reached[at])) violations.push(`the model never gets to ${place}`);
  });
  const bugs = values.bugs ? await hunt(size) : {};
  const seconds = Math.round((performance.now() - begun) / 1_000);
  const figures = { states: sound.reduce((sum, { states }) => sum + states, 0), searches: sound.length };
  print(
    `${figures.states} states in ${figures.searches} whole searches, ${seconds} s: ${violations.length} violations`,
  );
  writeLayerReport({
    layer: 'model',
    size,
    command: `npm run model -- --size ${size}`,
    seconds,
    figures,
    violations,
    bugs,
  });
  return violations.length > 0 ? 1 : 0;
}

runProgram(main);
