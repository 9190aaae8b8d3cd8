import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { installRedisServer } from '../../scripts/redis/install.mjs';
import { waitFor } from '../support/wait-for';
import { temporaryFolder } from './temporary-folder';

const temporary = temporaryFolder();
const { put, putProgram } = temporary;

describe('installing a Redis server', () => {
  const tell = () => {};
  const environment = () => ({
    PATH: `${join(temporary.root, 'bin')}:${join(temporary.root, 'system')}`,
    CALLS: join(temporary.root, 'calls'),
    POLICY_RC_D: join(temporary.root, 'policy-rc.d'),
  });
  const calls = () => readFile(join(temporary.root, 'calls'), 'utf8').catch(() => '');
  const recording = (name: string) => `echo "${name} $*" >> "$CALLS"`;

  beforeEach(async () => {
    // Only what the scripts need, so that no real package manager is in reach.
    for (const program of ['sh', 'rm', 'chmod', 'grep'])
      await putProgram(`system/${program}`, `exec /bin/${program} "$@"`);
  });

  it('uses apt-get as root, without questions', async () => {
    await putProgram('bin/apt-get', `${recording('apt-get')}; [ "$DEBIAN_FRONTEND" = noninteractive ]`);
    expect(await installRedisServer({ isRoot: true, env: environment(), tell })).toEqual({
      kind: 'installed',
      with: 'apt-get',
    });
    expect(await calls()).toBe(
      'apt-get update -q\n' +
        'apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=120 redis-server\n',
    );
  });

  it('waits for the updates that apt makes by itself', async () => {
    await putProgram('bin/sleep', `${recording('sleep')}; : > "$CALLS.slept"`);
    await putProgram(
      'bin/apt-get',
      `${recording('apt-get')}; [ "$1" = install ] || [ -e "$CALLS.slept" ] || {
        echo "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)" >&2; exit 100; }`,
    );
    await installRedisServer({ isRoot: true, env: environment(), tell });
    expect((await calls()).split('\n').slice(0, 3)).toEqual([
      'apt-get update -q',
      'sleep 5',
      'apt-get update -q',
    ]);
  });

  it('does not repeat an update that fails for another reason', async () => {
    await putProgram('bin/apt-get', `${recording('apt-get')}; [ "$1" = install ]`);
    await installRedisServer({ isRoot: true, env: environment(), tell });
    expect((await calls()).match(/update/g)).toHaveLength(1);
  });

  it('lets no service start meanwhile, and leaves a policy of the machine alone', async () => {
    const policy = join(temporary.root, 'policy-rc.d');
    await putProgram('bin/apt-get', `"$POLICY_RC_D"; echo "policy said $?" >> "$CALLS"`);
    await installRedisServer({ isRoot: true, env: environment(), tell });
    expect(await calls()).toContain('policy said 101');
    await expect(readFile(policy)).rejects.toThrow('ENOENT');
    await putProgram('policy-rc.d', 'exit 0');
    await installRedisServer({ isRoot: true, env: environment(), tell });
    expect(await readFile(policy, 'utf8')).toBe('#!/bin/sh\nexit 0\n');
  });

  it('leaves no policy behind when it is interrupted, and removes one that was left', async () => {
    const policy = join(temporary.root, 'policy-rc.d');
    await putProgram('bin/apt-get', ': > "$CALLS"; exec /bin/sleep 60');
    const steps = resolve(__dirname, '../../scripts/processes/install.mjs');
    const script = `import { install } from '${steps}';
      const wanted = { name: 'redis-server', packages: { 'apt-get': ['redis-server'] } };
      await install(wanted, { isRoot: true, tell: () => {} });`;
    const run = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: environment(),
      detached: true,
      stdio: 'ignore',
    });
    await waitFor(() => calls().then((text) => (existsSync(join(temporary.root, 'calls')) ? [text] : null)));
    const left = await readFile(policy, 'utf8');
    process.kill(-run.pid!, 'SIGINT');
    await waitFor(() => !existsSync(policy));
    await put('policy-rc.d', left);
    await putProgram('bin/apt-get');
    await installRedisServer({ isRoot: true, env: environment(), tell });
    expect(existsSync(policy)).toBe(false);
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
    expect(await installRedisServer({ isRoot: true, env: environment(), tell })).toMatchObject({
      kind: 'failed',
      why: expect.stringContaining('E: no network'),
    });
  });
});
