/**
 * The library as users get it: packed, put into the example, compiled and run by several real processes.
 *
 * The other packages are those of this checkout, by links: no network. Only what the library and the example declare is
 * linked, so that neither lives on what happens to lie beside it. `npm run example` installs for real.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { packLibrary } from '../../scripts/steps/example.mjs';
import { startApi } from '../support/api-process';
import { useCleanUp, useRedis } from '../support/hooks';
import { waitFor } from '../support/wait-for';

const ROOT = resolve(__dirname, '../..');
const PACKAGE = 'nestjs-exchange-registry';
const run = promisify(execFile);

/** The package in `require('@a/b/c')`, `import('a')`, `from 'a'` and `import 'a'`. */
const BARE_IMPORT = /(?:\b(?:require|import)\(|\bfrom|\bimport)\s*['"]((?:@[\w.-]+\/)?[\w][\w.:-]*)/g;

let folder: string;
let files: string[];
let readme: string;

type Manifest = Partial<
  Record<'dependencies' | 'peerDependencies' | 'devDependencies', Record<string, string>>
>;
const manifestIn = async (at: string) =>
  JSON.parse(await readFile(join(at, 'package.json'), 'utf8')) as Manifest;
/** What users of a package have installed beside it. */
const beside = ({ dependencies, peerDependencies }: Manifest) =>
  Object.keys({ ...dependencies, ...peerDependencies });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packed-'));
  const packed = await packLibrary({ root: ROOT, into: folder });
  files = packed.files;
  await cp(join(ROOT, 'examples/price-watcher'), folder, { recursive: true });
  readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  await writeFile(
    join(folder, 'src/readme.ts'),
    /```ts\n(?<service>[^]+?)```/.exec(readme)?.groups?.service ?? '',
  );
  const library = join(folder, 'node_modules', PACKAGE);
  await mkdir(library, { recursive: true });
  await run('tar', ['-xzf', packed.tarball, '-C', library, '--strip-components=1']);
  const example = await manifestIn(folder);
  const compilers = Object.keys(example.devDependencies ?? {});
  for (const name of new Set([...beside(await manifestIn(library)), ...beside(example), ...compilers])) {
    if (name === PACKAGE) continue;
    const link = join(folder, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), link);
  }
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the packed library', () => {
  it('contains the scripts of Redis, the types, the licence and the README', () => {
    for (const path of [
      'LICENSE',
      'package.json',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/registry/registry.module.js',
    ]) {
      expect(files).toContain(path);
    }
    expect(files.filter((path) => path.endsWith('.lua')).length).toBeGreaterThan(3);
  });

  it('contains every document that its README links to', () => {
    const linked = [...readme.matchAll(/\]\((?<path>docs\/[^)#]*)/g)].map(({ groups }) => groups!.path!);
    expect(linked.length).toBeGreaterThan(5);
    expect(linked.filter((path) => !files.includes(path))).toEqual([]);
  });

  it('contains nothing of the API, no test and no source', () => {
    const foreign =
      /^(src|test|scripts|examples)\/|\.(spec|contract)\.|\.map$|^dist\/(control|network|health|http|exchange|main|app\.)/;
    expect(files.filter((path) => foreign.test(path))).toEqual([]);
  });

  it('imports nothing but what it declares and what comes with Node', async () => {
    const library = join(folder, 'node_modules', PACKAGE);
    const imported = new Set<string>();
    for (const path of files.filter((each) => /\.(js|d\.ts)$/.test(each))) {
      const text = await readFile(join(library, path), 'utf8');
      for (const [, name = ''] of text.matchAll(BARE_IMPORT)) imported.add(name);
    }
    expect([...imported].filter((name) => !isBuiltin(name))).not.toEqual([]);
    const declared = beside(await manifestIn(library));
    expect([...imported].filter((name) => !isBuiltin(name) && !declared.includes(name))).toEqual([]);
  });

  it('has types that a strict project compiles against: the example, and the service in the README', async () => {
    expect((await stat(join(folder, 'src/readme.ts'))).size).toBeGreaterThan(500);
    await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder]);
  }, 120_000);
});

describe('the example on the packed library', () => {
  const redis = useRedis();
  useCleanUp();

  const startWatcher = () =>
    startApi({
      script: join(folder, 'dist/main.js'),
      env: { REDIS_URL: redis.current.url, EMPTY_REDIS_GRACE: 'off', NO_COLOR: '1' },
      until: 'spawned',
    });

  it('owns its exchange, publishes prices and refuses a second instance by naming the first', async () => {
    const first = await startWatcher();
    await first.output.waitForLine(/active, fencing token \d+/);
    const client = redis.current.client();
    const status = JSON.parse((await client.get('exchange:7:status')) ?? '{}') as Record<string, unknown>;
    expect(status).toMatchObject({ pid: first.pid, connectionState: 'active', symbolCount: 1 });

    const listener = redis.current.client();
    const prices: string[] = [];
    listener.on('message', (_channel, message) => prices.push(message));
    await listener.subscribe('prices');
    await waitFor(() => prices.length >= 2);
    expect(JSON.parse(prices[0] ?? '{}')).toMatchObject({ fencingToken: status.fencingToken });

    const second = await startWatcher();
    expect(await second.exited).toMatchObject({ code: 75 });
    expect(second.output.text).toContain(String(first.pid));
  });

  it('gives its exchange back when it is stopped, after its work has ended', async () => {
    const watcher = await startWatcher();
    await watcher.output.waitForLine(/active, fencing token/);
    watcher.kill('SIGTERM');
    await watcher.exited;
    expect(watcher.output.text).toMatch(/PriceWatcher\] stopped/);
    expect(await redis.current.client().exists('exchange:7:status')).toBe(0);
  });

  it('leaves the exchange to the service in the README, whose fenced write is there to be read', async () => {
    // Its claim makes this Redis a known one: the service waits out the first TTL of a Redis that nobody knows.
    const watcher = await startWatcher();
    await watcher.output.waitForLine(/active, fencing token/);
    watcher.kill('SIGTERM');
    await watcher.exited;

    const service = await startApi({
      script: join(folder, 'dist/readme.js'),
      env: { REDIS_URL: redis.current.url, NO_COLOR: '1' },
      until: 'spawned',
    });
    const client = redis.current.client();
    await waitFor(async () => Number(await client.get('{exchange:7:status}:last-price')) > 0, {
      describe: 'the last price',
    });
    service.kill('SIGTERM');
    await service.exited;
    expect(await client.exists('exchange:7:status')).toBe(0);
    expect(service.output.text).not.toContain('not written');
  });

  it('gives its exchange back when its work fails, and says why', async () => {
    const { username } = new URL(redis.current.url);
    const user = username === '' ? 'default' : username;
    const admin = redis.current.client();
    const watcher = await startWatcher();
    await watcher.output.waitForLine(/active, fencing token/);
    await admin.acl('SETUSER', user, '-publish');
    try {
      await waitFor(async () => (await admin.exists('exchange:7:status')) === 0, {
        describe: 'the exchange to be given back',
      });
      expect(watcher.output.text).toMatch(/NOPERM[^]*PriceWatcher\] stopped/);
      const log = JSON.stringify(await admin.xrange('{exchange:7:status}:activity', '-', '+'));
      expect(log).toContain('the work failed');
      expect(log).toContain('released');
    } finally {
      await admin.acl('SETUSER', user, '+publish');
    }
  });

  it('takes over from a process of this host that was killed, without waiting for the expiry', async () => {
    const first = await startWatcher();
    await first.output.waitForLine(/active, fencing token/);
    await first.stop();
    expect(await redis.current.client().pttl('exchange:7:status')).toBeGreaterThan(0);
    const second = await startWatcher();
    await second.output.waitForLine(/active, fencing token/);
  });
});
