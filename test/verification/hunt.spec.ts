import { huntAll, huntFor, type Caught } from './hunt';

const BUG = { breaks: ['exclusion', 'fencing'] };
const CRASH = {
  invariant: 'unhandled rejection',
  message: 'unhandled rejection: TypeError: read is not a function',
};

function worlds(...caught: (Omit<Caught, 'where'> | null)[]) {
  return async (seed: number) => {
    const told = caught[seed - 1] ?? null;
    return told === null ? null : { ...told, where: `seed ${seed}` };
  };
}

describe('the search for a planted bug', () => {
  it('finds it by a promise that it is expected to break', async () => {
    const broken = { invariant: 'fencing', message: 'fencing: token 1 after 2' };
    expect(await huntFor(BUG, 5, worlds(null, broken))).toEqual({ found: 'fencing, seed 2', stray: null });
    expect(await huntFor(BUG, 1, worlds(null, broken))).toEqual({ found: null, stray: null });
  });

  it('takes nothing else for it, such as the failure of a plant that fits no longer, and tells of it', async () => {
    const stray = `${CRASH.message} (seed 1)`;
    expect(await huntFor(BUG, 5, worlds(CRASH, CRASH))).toEqual({ found: null, stray });
    const broken = { invariant: 'exclusion', message: 'exclusion: two' };
    expect(await huntFor(BUG, 5, worlds(CRASH, broken))).toEqual({ found: 'exclusion, seed 2', stray });
  });

  it('reports and prints a bug that only something else was found under as not found', async () => {
    const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    const by = await huntAll({ 'no-seal': BUG }, () => huntFor(BUG, 1, worlds(CRASH)));
    const [[line] = []] = write.mock.calls;
    write.mockRestore();
    expect(by).toEqual({ 'no-seal': null });
    expect(line).toBe(`planted bug no-seal: NOT FOUND; not expected of it: ${CRASH.message} (seed 1)\n`);
  });
});
