/** The programs of set-up, installed by stand-ins of the package managers. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { installRedisServer } from '../../scripts/redis/install.mjs';
import { waitFor } from '../support/wait-for';
import { useFolder } from './folder';

const folder = useFolder();
const { putProgram } = folder;

describe('installing a Redis server', () => {
  const tell = () => {};
  const environment = () => ({
    PATH: `${join(folder.root, 'bin')}:${join(folder.root, 'system')}`,
    CALLS: join(folder.root, 'calls'),
  });
  const calls = () => readFile(join(folder.root, 'calls'), 'utf8').catch(() => '');
  const policy = () => join(folder.root, 'policy-rc.d');
  const asRoot = () => installRedisServer({ isRoot: true, env: environment(), policy: policy(), tell });
  const recording = (name: string) => `echo "${name} $*" >> "$CALLS"`;

  beforeEach(async () => {
    // Only what the scripts need, so that no real package manager is in reach.
    for (const program of ['sh', 'rm', 'chmod', 'cat'])
      await putProgram(`system/${program}`, `exec /bin/${program} "$@"`);
  });

  it('uses apt-get as root, without questions', async () => {
    await putProgram('bin/apt-get', `${recording('apt-get')}; [ "$DEBIAN_FRONTEND" = noninteractive ]`);
    expect(await asRoot()).toEqual({
      kind: 'installed',
      with: 'apt-get',
    });
    expect(await calls()).toBe(
      'apt-get update -q\n' +
        'apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=120 redis-server\n',
    );
  });

  it.each(['/var/lib/apt/lists/lock', '/var/cache/apt/archives/lock'])(
    'lets apt end what it does at %s, which its own timeout does not wait for',
    async (lock) => {
      const held = `echo "E: Could not get lock ${lock}. It is held by process 1 (apt-get)" >&2; exit 100`;
      const isBusy = `[ "$(cat "$CALLS.slept" 2>/dev/null)" = xx ] || { ${held}; }`;
      const command = lock.includes('lists') ? 'update' : 'install';
      await putProgram('bin/apt-get', `${recording('apt-get')}; [ "$1" != ${command} ] || ${isBusy}`);
      await putProgram('bin/sleep', `printf x >> "$CALLS.slept"`);
      expect(await asRoot()).toMatchObject({ kind: 'installed' });
      expect((await calls()).match(/(?<=apt-get )\w+/g)).toEqual(
        command === 'update'
          ? ['update', 'update', 'update', 'install']
          : ['update', 'install', 'install', 'install'],
      );
    },
  );

  it('does not wait for a lock for ever, and says which it was', async () => {
    const held = 'echo "E: Could not get lock /var/lib/apt/lists/lock" >&2; exit 100';
    await putProgram('bin/apt-get', `${recording('apt-get')}; ${held}`);
    await putProgram('bin/sleep');
    expect(await asRoot()).toMatchObject({ kind: 'failed', why: expect.stringContaining('lists/lock') });
    expect((await calls()).split('\n').length).toBeLessThan(30);
  });

  const forbidding = `[ -x "$POLICY" ] || exit 1`;

  it('forbids to start services meanwhile, and no longer', async () => {
    await putProgram('bin/apt-get', forbidding);
    const env = { ...environment(), POLICY: policy() };
    expect(await installRedisServer({ isRoot: true, env, policy: policy(), tell })).toMatchObject({
      kind: 'installed',
    });
    expect(existsSync(policy())).toBe(false);
  });

  it('leaves the policy of somebody else', async () => {
    await putProgram('policy-rc.d', '\nexit 101');
    await putProgram('bin/apt-get');
    expect(await asRoot()).toMatchObject({ kind: 'installed' });
    expect(await readFile(policy(), 'utf8')).toBe('#!/bin/sh\n\nexit 101\n');
  });

  /** Sends the signal while apt-get is at work, to all of them, as a terminal does. */
  async function interrupted(signal: NodeJS.Signals): Promise<void> {
    await putProgram('bin/apt-get', 'echo $PPID > "$CALLS.ppid"; exec /bin/sleep 30');
    const script = `import { installRedisServer } from '${resolve(__dirname, '../../scripts/redis/install.mjs')}';
      await installRedisServer({ isRoot: true, policy: '${policy()}', tell: () => {} });`;
    const args = ['--input-type=module', '-e', script];
    const child = spawn(process.execPath, args, { env: environment(), detached: true });
    await waitFor(() => existsSync(join(folder.root, 'calls.ppid')), { describe: 'apt-get to run' });
    expect(existsSync(policy())).toBe(true);
    process.kill(-child.pid!, signal);
  }

  it.each(['SIGINT', 'SIGHUP', 'SIGTERM'] as const)('forbids nothing any more after %s', async (signal) => {
    await interrupted(signal);
    await waitFor(() => !existsSync(policy()), { describe: 'the policy to be gone', timeoutMs: 3_000 });
  });

  it('removes at the next run what one that was killed has left', async () => {
    await interrupted('SIGKILL');
    expect(existsSync(policy())).toBe(true);
    await putProgram('bin/apt-get');
    expect(await asRoot()).toMatchObject({ kind: 'installed' });
    expect(existsSync(policy())).toBe(false);
  });

  it('goes through sudo without root, if that asks no password', async () => {
    await putProgram('bin/dnf', recording('dnf'));
    await putProgram(
      'bin/sudo',
      `${recording('sudo')}; shift; exec "$@"`.replace('exec "$@"', '[ "$1" = true ] || exec "$@"'),
    );
    expect(await installRedisServer({ isRoot: false, env: environment(), tell })).toMatchObject({
      kind: 'installed',
    });
    expect(await calls()).toContain('sudo -n dnf install -y redis\ndnf install -y redis\n');
  });

  it('does not try without root and sudo', async () => {
    await putProgram('bin/apt-get', recording('apt-get'));
    expect(await installRedisServer({ isRoot: false, env: environment(), tell })).toEqual({
      kind: 'impossible',
      why: 'apt-get needs root, or sudo without a password',
    });
    expect(await calls()).toBe('');
  });

  it('says why it failed', async () => {
    await putProgram('bin/apt-get', 'echo "E: no network" >&2; exit 100');
    expect(await asRoot()).toMatchObject({
      kind: 'failed',
      why: expect.stringContaining('E: no network'),
    });
  });
});
