/** A slice of `npm run simulate`: what every `npm test` tries. */
import 'reflect-metadata';
import { useCleanUp } from '../support/hooks';
import { failureOf } from './failure';
import { simulate } from './simulate';

const SLICE = Array.from({ length: 8 }, (_, at) => at + 1);

describe('several instances in virtual time, under faults', () => {
  useCleanUp();

  it('keep every promise in the worlds of the first seeds', async () => {
    for (const seed of SLICE) {
      const failure = await failureOf(await simulate(seed));
      if (failure.length > 0) throw new Error(failure.join('\n'));
    }
  }, 240_000);

  it('do the same again when the seed is the same', async () => {
    const [one, two] = [await simulate(7), await simulate(7)];
    expect(two.trace).toEqual(one.trace);
    expect(two.events).toBe(one.events);
  }, 60_000);
});
