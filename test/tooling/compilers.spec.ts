import type { installRedisServer } from '../../scripts/redis/install.mjs';
import { ensureCompilers } from '../../scripts/steps/compilers.mjs';

describe('making sure of SPIN and gcc', () => {
  const context = (found: boolean[], install: () => ReturnType<typeof installRedisServer>) => ({
    logFile: '/dev/null',
    tell: () => {},
    find: () => Promise.resolve(found.shift() ?? false),
    install: jest.fn(install),
  });
  const installed = () => Promise.resolve({ kind: 'installed' as const, with: 'apt-get' });

  it('leaves everything as it is when it is there', async () => {
    const given = context([true], installed);
    expect(await ensureCompilers(given)).toEqual({ did: 'found spin and gcc' });
    expect(given.install).not.toHaveBeenCalled();
  });

  it('installs it where it is missing', async () => {
    expect(await ensureCompilers(context([false, true], installed))).toEqual({
      did: 'installed spin and gcc',
    });
  });

  const impossible = () =>
    Promise.resolve({ kind: 'impossible' as const, why: 'apt-get needs root, or sudo without a password' });

  it('says why it could not be installed, and what to do', async () => {
    await expect(ensureCompilers(context([false], impossible))).rejects.toThrow(
      /needs root.*What to do: install them.*apt-get install spin gcc/s,
    );
    await expect(ensureCompilers(context([false, false], installed))).rejects.toThrow(/still not there/);
  });

  it('goes on without them where few tests need them, and says that these will fail', async () => {
    const { did } = await ensureCompilers({ ...context([false], impossible), areOptional: true });
    expect(did).toMatch(/missing.*needs root.*will fail.*apt-get install spin gcc/s);
  });
});
