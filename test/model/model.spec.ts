import { check } from './checker';
import { MUTANTS, REACHED, SOUND } from './searches';

const LONGEST_MS = 120_000;

describe('the lease protocol, in every order of events', () => {
  it.each(SOUND.slice)(
    'never has two holders, nor a late write that counts: $defines',
    async (search) => {
      const outcome = await check(search);
      expect(outcome).toMatchObject({ end: 'complete', finding: null });
      expect(outcome.states).toBeGreaterThanOrEqual(search.leastStates);
    },
    LONGEST_MS,
  );

  it.each(['no-seal', 'no-grace', 'release-before-stop'] as const)(
    'would be refuted with %s',
    async (bug) => {
      const outcome = await check(MUTANTS[bug]);
      expect(outcome).toMatchObject({
        end: 'violated',
        finding: expect.stringContaining('assertion violated'),
      });
      expect(outcome.steps.length).toBeGreaterThan(5);
    },
    LONGEST_MS,
  );

  it(
    'gets to the places where it could go wrong',
    async () => {
      const [search] = Object.values(REACHED);
      if (search === undefined) throw new Error('no place');
      expect(await check(search)).toMatchObject({ end: 'violated' });
    },
    LONGEST_MS,
  );
});
