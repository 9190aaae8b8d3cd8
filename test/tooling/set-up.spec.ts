import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { findRedisServer } from '../../scripts/redis/find.mjs';
import { Report } from '../../scripts/report.mjs';
import { buildIsCurrent, sourceDigest } from '../../scripts/steps/build.mjs';
import { readTally, runChecks } from '../../scripts/steps/checks.mjs';
import { packagesAreCurrent } from '../../scripts/steps/packages.mjs';
import { ensureRedisBinary } from '../../scripts/steps/redis-binary.mjs';
import { useFolder } from './folder';

const folder = useFolder();
const { put, putProgram } = folder;

describe('finding a Redis server', () => {
  const find = (...folders: string[]) =>
    findRedisServer({
      path: folders.map((name) => join(folder.root, name)).join(':'),
      places: [join(folder.root, 'usual')],
      root: folder.root,
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
    await mkdir(join(folder.root, 'b/redis-server'), { recursive: true });
    expect(find('a', 'b')).toBeUndefined();
  });
});

describe('the step that provides a Redis server', () => {
  const failing = {
    install: () => Promise.resolve({ kind: 'impossible' as const, why: 'no package manager' }),
    compile: () => Promise.reject(new Error('no compiler')),
  };
  const given = () => ({ root: folder.root, logFile: join(folder.root, 'log'), tell: () => {}, ...failing });

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
    expect(packagesAreCurrent(folder.root)).toBe(false);
    await put('node_modules/.package-lock.json', lock({}));
    expect(packagesAreCurrent(folder.root)).toBe(false);
    await put('node_modules/.package-lock.json', lock({ 'node_modules/a': { version: '1.0.0' } }));
    expect(packagesAreCurrent(folder.root)).toBe(false);
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
    expect(packagesAreCurrent(folder.root)).toBe(true);
  });
});

describe('the build', () => {
  beforeEach(async () => {
    for (const name of ['nest-cli.json', 'tsconfig.json', 'tsconfig.build.json']) await put(name, '{}');
    await put('src/main.ts', 'export {}');
    await put('dist/.built-from', sourceDigest(folder.root));
  });

  it('is up to date until a source, a script or a setting changes', async () => {
    expect(buildIsCurrent(folder.root)).toBe(true);
    await put('src/registry/redis/scripts/claim.lua', 'return 1');
    expect(buildIsCurrent(folder.root)).toBe(false);
  });

  it('does not depend on specs', async () => {
    await put('src/main.spec.ts', 'it');
    expect(buildIsCurrent(folder.root)).toBe(true);
  });

  it('is out of date without its mark', async () => {
    await rm(join(folder.root, 'dist'), { recursive: true });
    expect(buildIsCurrent(folder.root)).toBe(false);
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
    expect(readTally(join(folder.root, 'none.json'), null)).toEqual({ passed: 0, failed: 1 });
  });

  it('runs every check, also after one has failed', async () => {
    await put('node_modules/good.js', '');
    await put('node_modules/bad.js', 'console.log("three problems"); process.exit(1)');
    let printed = '';
    const checks = ['bad', 'good'].map((name) => ({ name, program: `${name}.js`, args: [] }));
    const report = new Report({ write: (text) => (printed += text) });
    expect(await runChecks({ root: folder.root, report, checks })).toEqual({ passed: 1, failed: 1 });
    expect(printed).toMatch(/three problems.*bad: FAILED.*good: passed/s);
  });

  it.each([
    { tests: '7 passed, 0 failed', verification: '3 passed, 0 failed', exit: 0, line: '10 passed, 0 failed' },
    { tests: '6 passed, 1 failed', verification: '3 passed, 0 failed', exit: 1, line: '9 passed, 1 failed' },
    { tests: null, verification: '3 passed, 0 failed', exit: 69, line: '3 passed, 1 failed' },
    { tests: '7 passed, 0 failed', verification: '2 passed, 1 failed', exit: 1, line: '9 passed, 1 failed' },
    { tests: '7 passed, 0 failed', verification: null, exit: 69, line: '7 passed, 1 failed' },
  ])('of .ci/run adds up npm test and npm run verify: $line', async ({ tests, verification, exit, line }) => {
    await mkdir(join(folder.root, '.ci'));
    await mkdir(join(folder.root, '.cache'));
    await promisify(execFile)('cp', [resolve(__dirname, '../../.ci/run'), join(folder.root, '.ci/run')]);
    const part = (summary: string | null, file: string) =>
      summary === null
        ? `exit ${exit}`
        : `echo "${summary}" > .cache/${file}; echo noise; exit ${summary.endsWith(' 0 failed') ? 0 : 1}`;
    const cases = [
      `test) ${part(tests, 'test-summary')} ;;`,
      `'run verify') ${part(verification, 'verify-summary')} ;;`,
    ];
    await putProgram('bin/npm', `case "$*" in\n${cases.join('\n')}\nesac\nexit 2`);
    const env = { PATH: `${join(folder.root, 'bin')}:${process.env.PATH}` };
    const run = await promisify(execFile)(join(folder.root, '.ci/run'), { env }).then(
      ({ stdout }) => ({ stdout, code: 0 }),
      (error: { stdout: string; code: number }) => error,
    );
    expect(run.stdout.trimEnd().split('\n').at(-1)).toBe(line);
    expect(run.code).toBe(exit);
  });
});
