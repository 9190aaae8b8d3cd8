import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from '../../scripts/processes/lock.mjs';
import { findRedisServer } from '../../scripts/redis/find.mjs';
import { installRedisServer } from '../../scripts/redis/install.mjs';
import { Report } from '../../scripts/report.mjs';
import { buildIsCurrent, sourceDigest } from '../../scripts/steps/build.mjs';
import { readTally, runChecks } from '../../scripts/steps/checks.mjs';
import { packagesAreCurrent } from '../../scripts/steps/packages.mjs';
import { ensureRedisBinary } from '../../scripts/steps/redis-binary.mjs';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'set-up-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function put(path: string, text: string): Promise<string> {
  const full = join(root, path);
  await mkdir(dirname(full), { recursive: true });
  await writeFile(full, text);
  return full;
}

async function putProgram(path: string, body = 'exit 0'): Promise<string> {
  const full = await put(path, `#!/bin/sh\n${body}\n`);
  await chmod(full, 0o755);
  return full;
}

describe('finding a Redis server', () => {
  const find = (...folders: string[]) =>
    findRedisServer({
      path: folders.map((folder) => join(root, folder)).join(':'),
      places: [join(root, 'usual')],
      root,
    });

  it('finds nothing where there is nothing', () => {
    expect(find('a', 'b')).toBeUndefined();
  });

  it('prefers PATH, in its order, then the usual places, then what was built before', async () => {
    const built = await putProgram('.cache/redis-binaries/stable/redis-server');
    expect(find('a', 'b')).toBe(built);
    const usual = await putProgram('usual/redis-server');
    expect(find('a', 'b')).toBe(usual);
    const second = await putProgram('b/redis-server');
    expect(find('a', 'b')).toBe(second);
    const first = await putProgram('a/redis-server');
    expect(find('a', 'b')).toBe(first);
  });

  it('takes Valkey where there is no Redis', async () => {
    const valkey = await putProgram('a/valkey-server');
    expect(find('a')).toBe(valkey);
    const redis = await putProgram('usual/redis-server');
    expect(find('a')).toBe(redis);
  });

  it('passes over what cannot be executed', async () => {
    await put('a/redis-server', 'not a program');
    await mkdir(join(root, 'b/redis-server'), { recursive: true });
    expect(find('a', 'b')).toBeUndefined();
  });
});

describe('installing a Redis server', () => {
  const tell = () => {};
  const environment = () => ({
    PATH: `${join(root, 'bin')}:${join(root, 'system')}`,
    CALLS: join(root, 'calls'),
  });
  const calls = () => readFile(join(root, 'calls'), 'utf8').catch(() => '');
  const recording = (name: string) => `echo "${name} $*" >> "$CALLS"`;

  beforeEach(async () => {
    // Only what the scripts need, so that no real package manager is in reach.
    for (const program of ['sh', 'rm', 'chmod'])
      await putProgram(`system/${program}`, `exec /bin/${program} "$@"`);
  });

  it('uses apt-get as root, without questions', async () => {
    await putProgram('bin/apt-get', `${recording('apt-get')}; [ "$DEBIAN_FRONTEND" = noninteractive ]`);
    expect(await installRedisServer({ isRoot: true, env: environment(), tell })).toEqual({
      kind: 'installed',
      with: 'apt-get',
    });
    expect(await calls()).toBe(
      'apt-get update -q\napt-get install -q -y --no-install-recommends redis-server\n',
    );
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

describe('the step that provides a Redis server', () => {
  const failing = {
    install: () => Promise.resolve({ kind: 'impossible' as const, why: 'no package manager' }),
    compile: () => Promise.reject(new Error('no compiler')),
  };
  const given = () => ({ root, logFile: join(root, 'log'), tell: () => {}, ...failing });

  it('takes what is there', async () => {
    expect(await ensureRedisBinary({ ...given(), find: () => '/bin/redis-server' })).toEqual({
      did: 'found /bin/redis-server',
      binary: '/bin/redis-server',
    });
  });

  it('builds when nothing could be installed', async () => {
    let binary: string | undefined;
    const compile = async () => {
      binary = '/built/redis-server';
    };
    expect(await ensureRedisBinary({ ...given(), compile, find: () => binary })).toMatchObject({
      did: 'built /built/redis-server',
    });
  });

  it('says what to do when nothing helps', async () => {
    const refused = ensureRedisBinary({ ...given(), find: () => undefined });
    await expect(refused).rejects.toMatchObject({ exitCode: 69 });
    await expect(refused).rejects.toThrow(/no package manager.*no compiler.*What to do: install one/s);
  });
});

describe('packages', () => {
  const lock = (packages: Record<string, unknown>) => JSON.stringify({ packages: { '': {}, ...packages } });

  it('are out of date when nothing is installed, something is missing or another version is there', async () => {
    await put('package-lock.json', lock({ 'node_modules/a': { version: '2.0.0' } }));
    expect(packagesAreCurrent(root)).toBe(false);
    await put('node_modules/.package-lock.json', lock({}));
    expect(packagesAreCurrent(root)).toBe(false);
    await put('node_modules/.package-lock.json', lock({ 'node_modules/a': { version: '1.0.0' } }));
    expect(packagesAreCurrent(root)).toBe(false);
  });

  it('are up to date when only packages for other platforms are missing', async () => {
    await put(
      'package-lock.json',
      lock({
        'node_modules/a': { version: '2.0.0' },
        'node_modules/b': { version: '1.0.0', optional: true },
      }),
    );
    await put('node_modules/.package-lock.json', lock({ 'node_modules/a': { version: '2.0.0' } }));
    expect(packagesAreCurrent(root)).toBe(true);
  });
});

describe('the build', () => {
  beforeEach(async () => {
    for (const name of ['nest-cli.json', 'tsconfig.json', 'tsconfig.build.json']) await put(name, '{}');
    await put('src/main.ts', 'export {}');
    await put('dist/.built-from', sourceDigest(root));
  });

  it('is up to date until a source, a script or a setting changes', async () => {
    expect(buildIsCurrent(root)).toBe(true);
    await put('src/registry/redis/scripts/claim.lua', 'return 1');
    expect(buildIsCurrent(root)).toBe(false);
  });

  it('does not depend on specs', async () => {
    await put('src/main.spec.ts', 'it');
    expect(buildIsCurrent(root)).toBe(true);
  });

  it('is out of date without its mark', async () => {
    await rm(join(root, 'dist'), { recursive: true });
    expect(buildIsCurrent(root)).toBe(false);
  });
});

describe('the lock between starts', () => {
  it('lets one in at a time', async () => {
    const path = join(root, 'lock');
    const events: string[] = [];
    const turn = (name: string) =>
      withLock(path, async () => {
        events.push(`${name} in`);
        await new Promise(setImmediate);
        events.push(`${name} out`);
      });
    await Promise.all([turn('a'), turn('b')]);
    expect(events).toEqual(['a in', 'a out', 'b in', 'b out']);
  });

  it('removes the lock of a process that has died', async () => {
    const { pid } = execFile('true');
    await promisify(execFile)('ln', ['-s', String(2 ** 22 + (pid ?? 0)), join(root, 'lock')]);
    expect(await withLock(join(root, 'lock'), async () => 'in')).toBe('in');
  });
});

describe('the closing line of npm test', () => {
  const result = (fields: object) =>
    put(
      'jest.json',
      JSON.stringify({ numPassedTests: 5, numFailedTests: 0, numRuntimeErrorTestSuites: 0, ...fields }),
    );

  it('counts tests, and a spec that could not run as one failure', async () => {
    const file = await result({ numFailedTests: 2, numRuntimeErrorTestSuites: 1 });
    expect(readTally(file, 1)).toEqual({ passed: 5, failed: 3 });
  });

  it('counts a failure of jest itself', async () => {
    expect(readTally(await result({}), 0)).toEqual({ passed: 5, failed: 0 });
    expect(readTally(await result({}), 1)).toEqual({ passed: 5, failed: 1 });
    expect(readTally(join(root, 'none.json'), null)).toEqual({ passed: 0, failed: 1 });
  });

  it('runs every check, also after one has failed', async () => {
    await put('node_modules/good.js', '');
    await put('node_modules/bad.js', 'console.log("three problems"); process.exit(1)');
    let printed = '';
    const checks = ['bad', 'good'].map((name) => ({ name, program: `${name}.js`, args: [] }));
    const report = new Report({ write: (text) => (printed += text) });
    expect(await runChecks({ root, report, checks })).toEqual({ passed: 1, failed: 1 });
    expect(printed).toMatch(/three problems.*bad: FAILED.*good: passed/s);
  });

  it.each([
    { tests: '7 passed, 0 failed', verification: '3 passed, 0 failed', exit: 0, line: '10 passed, 0 failed' },
    { tests: '6 passed, 1 failed', verification: '3 passed, 0 failed', exit: 1, line: '9 passed, 1 failed' },
    { tests: null, verification: '3 passed, 0 failed', exit: 69, line: '3 passed, 1 failed' },
    { tests: '7 passed, 0 failed', verification: '2 passed, 1 failed', exit: 1, line: '9 passed, 1 failed' },
    { tests: '7 passed, 0 failed', verification: null, exit: 69, line: '7 passed, 1 failed' },
  ])('of .ci/run adds up npm test and npm run verify: $line', async ({ tests, verification, exit, line }) => {
    await mkdir(join(root, '.ci'));
    await mkdir(join(root, '.cache'));
    await promisify(execFile)('cp', [resolve(__dirname, '../../.ci/run'), join(root, '.ci/run')]);
    const part = (summary: string | null, file: string) =>
      summary === null
        ? `exit ${exit}`
        : `echo "${summary}" > .cache/${file}; echo noise; exit ${summary.endsWith(' 0 failed') ? 0 : 1}`;
    const cases = [
      `test) ${part(tests, 'test-summary')} ;;`,
      `'run verify') ${part(verification, 'verify-summary')} ;;`,
    ];
    await putProgram('bin/npm', `case "$*" in\n${cases.join('\n')}\nesac\nexit 2`);
    const env = { PATH: `${join(root, 'bin')}:${process.env.PATH}` };
    const run = await promisify(execFile)(join(root, '.ci/run'), { env }).then(
      ({ stdout }) => ({ stdout, code: 0 }),
      (error: { stdout: string; code: number }) => error,
    );
    expect(run.stdout.trimEnd().split('\n').at(-1)).toBe(line);
    expect(run.code).toBe(exit);
  });
});
