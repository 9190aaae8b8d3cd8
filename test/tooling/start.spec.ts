import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../../scripts/processes/lock.mjs';
import { askIdentity } from '../../scripts/redis/ask.mjs';
import { readAddress } from '../../scripts/redis/embedded.mjs';
import { apiArguments, hasOwnRedis } from '../../scripts/start-options.mjs';
import { otherPort } from '../../scripts/steps/api.mjs';
import { type ApiProcess, startApi } from '../support/api-process';
import { useCleanUp } from '../support/hooks';
import { waitFor } from '../support/wait-for';

interface Started {
  readonly start: ApiProcess;
  readonly redisPid: number;
  readonly api: { pid: number; args: string[]; PORT: string; REDIS_URL: string; EMPTY_REDIS_GRACE?: string };
}

describe('npm start, once everything is set up', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'start-'));
  });
  afterEach(async () => {
    await waitFor(() => !existsSync(join(root, '.cache', 'embedded-redis.lock')));
    await rm(root, { recursive: true, force: true });
  });
  useCleanUp();

  const startIn = async (folder: string, ...args: string[]): Promise<Started> => {
    const script = 'test/tooling/fixtures/start-stand-in.mjs';
    const start = await startApi({ script, args: [folder, ...args], until: 'spawned' });
    const redis = await start.waitForLog({ redisPid: /./ });
    const api = await start.waitForLog({ pid: /./ });
    return { start, redisPid: Number(redis.redisPid), api: api as unknown as Started['api'] };
  };

  it('gives the API an embedded Redis that is known to be new', async () => {
    const { api } = await startIn(root);
    expect(api).toMatchObject({ args: ['--autostart', 'simulator'], EMPTY_REDIS_GRACE: 'off' });
    const { port, password } = readAddress(root) ?? { port: 0, password: '' };
    expect(api.REDIS_URL).toBe(`redis://:${password}@127.0.0.1:${port}`);
    expect(await askIdentity({ port })).toBeUndefined();
    expect(await askIdentity({ port, password })).toMatchObject({ pid: readAddress(root)?.pid });
  });

  it('never prints the password of the embedded Redis', async () => {
    const { start } = await startIn(root);
    const own = start.output.lines.filter((line) => !line.includes('REDIS_URL'));
    expect(own.join('\n')).not.toContain(readAddress(root)?.password);
  });

  it.each([0, 64, 69, 75])('ends with the exit code %i of the API', async (code) => {
    const { start, api } = await startIn(root, '--autostart', 'coinbase', `--exit=${code}`);
    expect(api.args).toEqual(['--autostart', 'coinbase', `--exit=${code}`]);
    expect(await start.exited).toEqual({ code, signal: null });
  });

  it('passes a Ctrl-C that arrives twice on once, and leaves nothing behind', async () => {
    const { start, api, redisPid } = await startIn(root);
    start.kill('SIGINT');
    await start.waitForLog({ signal: 'SIGINT' });
    start.kill('SIGINT');
    expect(await start.exited).toEqual({ code: 0, signal: null });
    expect(start.logs.filter((line) => 'signal' in line)).toEqual([{ signal: 'SIGINT', signals: 1 }]);
    expect(start.output.lines).toContain('redis ended');
    expect([api.pid, redisPid].filter(isAlive)).toEqual([]);
    expect(existsSync(join(root, '.cache', 'embedded-redis'))).toBe(false);
  });

  it('reports an API that was killed as shells do', async () => {
    const { start, api } = await startIn(root);
    process.kill(api.pid, 'SIGKILL');
    expect(await start.exited).toEqual({ code: 137, signal: null });
  });

  it('stops the API in order and ends the embedded Redis when it is killed by SIGKILL itself', async () => {
    const { start, api, redisPid } = await startIn(root);
    start.kill('SIGKILL');
    await waitFor(() => ![api.pid, redisPid].some(isAlive), { describe: 'the end of API and Redis' });
  });

  it('shares the embedded Redis with a second start, which keeps it alive after the first was killed', async () => {
    const first = await startIn(root);
    const second = await startIn(root);
    expect(second.redisPid).toBe(first.redisPid);
    expect(second.api).toMatchObject({ REDIS_URL: first.api.REDIS_URL });

    first.start.kill('SIGKILL');
    await waitFor(() => !isAlive(first.api.pid));
    const address = readAddress(root);
    expect(address && (await askIdentity(address))).toMatchObject({ pid: first.redisPid });

    second.start.kill('SIGTERM');
    expect(await second.start.exited).toEqual({ code: 0, signal: null });
    expect(isAlive(first.redisPid)).toBe(false);
  });

  it('gives two starts at the same moment one Redis', async () => {
    const [one, other] = await Promise.all([startIn(root), startIn(root)]);
    expect(one.redisPid).toBe(other.redisPid);
  });

  it('starts a new one where a killed one has left its files', async () => {
    const first = await startIn(root);
    first.start.kill('SIGKILL');
    await waitFor(() => !isAlive(first.redisPid));
    const { redisPid } = await startIn(root);
    expect(redisPid).not.toBe(first.redisPid);
  });

  it('refuses to start beside one whose embedded Redis has ended', async () => {
    const first = await startIn(root);
    process.kill(first.redisPid, 'SIGKILL');
    await first.start.output.waitForLine(/embedded Redis has ended/);
    const args = [root];
    const script = 'test/tooling/fixtures/start-stand-in.mjs';
    const second = await startApi({ script, args, until: 'spawned' });
    expect(await second.exited).toEqual({ code: 69, signal: null });
    expect(second.output.text).toMatch(/Another `npm start` runs in this folder.*What to do: stop that one/s);
  });

  it('is not confused by an address file of another server', async () => {
    const first = await startIn(root);
    const path = join(root, '.cache', 'embedded-redis', 'address.json');
    await writeFile(path, JSON.stringify({ ...readAddress(root), pid: 1 }));
    const second = await startApi({
      script: 'test/tooling/fixtures/start-stand-in.mjs',
      args: [root],
      until: 'spawned',
    });
    expect(await second.exited).toEqual({ code: 69, signal: null });
    expect(first.start.running).toBe(true);
  });
});

describe('what npm start passes on', () => {
  it.each([
    { given: [], env: {}, passed: ['--autostart', 'simulator'] },
    { given: ['--standby'], env: {}, passed: ['--autostart', 'simulator', '--standby'] },
    { given: ['--autostart', 'coinbase'], env: {}, passed: ['--autostart', 'coinbase'] },
    { given: ['--autostart=coinbase'], env: {}, passed: ['--autostart=coinbase'] },
    { given: ['--help'], env: {}, passed: ['--help'] },
    { given: [], env: { AUTOSTART: 'coinbase' }, passed: [] },
  ])('$given with $env becomes $passed', ({ given, env, passed }) => {
    expect(apiArguments(given, env)).toEqual(passed);
  });

  it.each([
    { env: {}, own: false },
    { env: { REDIS_URL: '' }, own: false },
    { env: { REDIS_URL: 'redis://db' }, own: true },
    { env: { REDIS_SENTINELS: 'a:1' }, own: true },
    { env: { REDIS_CLUSTER_NODES: 'a:1' }, own: true },
  ])('$env names a Redis of the user: $own', ({ env, own }) => {
    expect(hasOwnRedis(env)).toBe(own);
  });

  it('takes another port when the standard one is taken, and leaves a port alone that was chosen', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.once('error', () => resolve()); // taken already: as good
      server.listen(3000, '127.0.0.1', resolve);
    });
    expect(await otherPort({})).toBeGreaterThan(3000);
    expect(await otherPort({ PORT: '3000' })).toBeUndefined();
    await new Promise((resolve) => server.close(resolve));
  });
});
