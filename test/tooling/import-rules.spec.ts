/** What the linter says of imports and of the process, line by line, in a project that breaks every rule. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

/** File, and the import that it must not have. */
const REFUSED: [string, string][] = [
  ['src/state-machine/transition.ts', '@nestjs/common'],
  ['src/state-machine/transition.ts', '../app.settings'],
  ['src/state-machine/state-machine.ts', '../registry/lease'],
  ['src/state-machine/state-machine.ts', '../app.settings'],
  ['src/registry/lease.ts', '../control/exchange-runner'],
  ['src/registry/lease.ts', '../app.settings'],
  ['src/registry/lease.ts', 'ioredis'],
  ['src/registry/redis/keys.ts', '../../exchange/catalogue'],
  ['src/registry/redis/keys.ts', '../../main'],
  ['src/registry/redis/keys.ts', '@liaoliaots/nestjs-redis'],
  ['src/exchange/workload.ts', '../registry/lease'],
  ['src/exchange/workload.ts', '../app.settings'],
  ['src/exchange/coinbase/feed-client.ts', '../../state-machine/guards'],
  ['src/control/exchange-runner.ts', '../network/network.module'],
  ['src/control/exchange-runner.ts', '../app.module'],
  ['src/control/exchange-runner.ts', 'ioredis/built/Redis'],
  ['src/network/revocation.ts', '../control/exchange-runner'],
  ['src/network/revocation.ts', '../exchange/market-data/market-data.workload'],
  ['src/network/revocation.ts', '../exchange/adapter.factory'],
  ['src/network/revocation.ts', '../app.module'],
  ['src/health/health.controller.ts', '../exchange/catalogue'],
  ['src/health/health.controller.ts', '../main'],
  ['src/http/problem.ts', '../registry/lease'],
  ['src/http/problem.ts', '../app.config'],
  ['src/app.module.ts', 'ioredis'],
  ['src/app.module.ts', 'ioredis/built/Redis'],
];

const ALLOWED: [string, string][] = [
  ['src/registry/lease.ts', '../state-machine/guards'],
  ['src/registry/redis/keys.ts', 'ioredis'],
  ['src/control/exchange-runner.ts', '../exchange/catalogue'],
  ['src/control/exchange-runner.ts', 'ioredis-like'],
  ['src/network/revocation.ts', '../exchange/catalogue'],
  ['src/network/revocation.ts', '../exchange/catalogue.loader'],
  ['src/network/revocation.ts', '../exchange/built-in.catalogue'],
  ['src/state-machine/state-machine.ts', '@nestjs/common'],
  ['src/main.ts', './app.run'],
];

const WITHOUT_PROCESS = [
  'src/state-machine/transition.ts',
  'src/state-machine/state-machine.ts',
  'src/registry/lease.ts',
  'src/registry/redis/keys.ts',
  'src/exchange/workload.ts',
  'src/control/exchange-runner.ts',
  'src/network/revocation.ts',
  'src/health/health.controller.ts',
  'src/http/problem.ts',
  'src/app.module.ts',
];

const IMPORT = 'eslint(no-restricted-imports)';
const GLOBAL = 'eslint(no-restricted-globals)';
const PROPERTY = 'eslint(no-restricted-properties)';
const CYCLE = 'import(no-cycle)';
const RULES = [IMPORT, GLOBAL, PROPERTY, CYCLE];

interface Report {
  readonly diagnostics: readonly {
    readonly code: string;
    readonly filename: string;
    readonly labels: readonly { readonly span: { readonly line: number } }[];
  }[];
  readonly number_of_files: number;
}

const files = new Map<string, string[]>();
let report: Report;

/** Writes the line into the project. The result tells which of the rules it breaks, once the linter has run. */
function line(file: string, text: string): () => string[] {
  const lines = files.get(file) ?? [];
  files.set(file, lines);
  const at = lines.push(text);
  return () =>
    report.diagnostics
      .filter(({ filename, labels }) => filename === file && labels[0]?.span.line === at)
      .map(({ code }) => code)
      .filter((code) => RULES.includes(code))
      .toSorted();
}

beforeAll(async () => {
  const project = await mkdtemp(join(tmpdir(), 'lint-'));
  try {
    await cp(join(ROOT, '.oxlintrc.json'), join(project, '.oxlintrc.json'));
    for (const [file, lines] of files) {
      await mkdir(dirname(join(project, file)), { recursive: true });
      await writeFile(join(project, file), `${lines.join('\n')}\n`);
    }
    const oxlint = join(ROOT, 'node_modules/oxlint/bin/oxlint');
    // The linter looks there for its part that knows types, and does not run without it.
    const PATH = [join(ROOT, 'node_modules/.bin'), process.env.PATH].join(delimiter);
    const options = { cwd: project, env: { ...process.env, PATH } };
    const output = await new Promise<string>((settle) => {
      execFile(process.execPath, [oxlint, '--format', 'json'], options, (_failed, stdout, stderr) =>
        settle(stdout + stderr),
      );
    });
    if (!output.startsWith('{')) throw new Error(`the linter did not run: ${output}`);
    report = JSON.parse(output) as Report;
    expect(report.number_of_files).toBe(files.size);
  } finally {
    await rm(project, { recursive: true });
  }
});

describe('the linter refuses', () => {
  it.each(REFUSED.map(([file, from]) => [file, from, line(file, `export * from '${from}';`)] as const))(
    'in %s an import of %s',
    (_file, _from, broken) => {
      expect(broken()).toEqual([IMPORT]);
    },
  );

  it.each(ALLOWED.map(([file, from]) => [file, from, line(file, `export * from '${from}';`)] as const))(
    'not in %s an import of %s',
    (_file, _from, broken) => {
      expect(broken()).toEqual([]);
    },
  );

  it.each(
    WITHOUT_PROCESS.map((file) => [
      file,
      line(file, "export { env } from 'node:process';"),
      line(file, "export * from 'process';"),
      line(file, 'export const home = process.env.HOME;'),
    ]),
  )('in %s whatever gives the environment', (_file, ofOne, ofAll, used) => {
    expect(ofOne()).toEqual([IMPORT]);
    expect(ofAll()).toEqual([IMPORT]);
    expect(used()).toEqual([GLOBAL, PROPERTY]);
  });

  it.each(
    ['src/main.ts', 'src/exchange/simulator/main.ts'].map((file) => [
      file,
      line(file, 'export const home = process.env.HOME;'),
      line(file, 'process.exitCode = 1;'),
    ]),
  )('in %s the environment, but not the process', (_file, environment, exit) => {
    expect(environment()).toEqual([PROPERTY]);
    expect(exit()).toEqual([]);
  });

  const reader = line('src/app.config.ts', 'export const home = process.env.HOME;');
  it('not the environment in the one file that reads it', () => {
    expect(reader()).toEqual([]);
  });

  const facts = line('src/registry/instance.ts', "export { hrtime, kill, pid } from 'node:process';");
  it('not what the registry must know of its process', () => {
    expect(facts()).toEqual([]);
  });

  const circle = [
    line('src/registry/one.ts', "export { b as a } from './other';"),
    line('src/registry/other.ts', "export { a as b } from './one';"),
  ];
  it('files that import each other in a circle', () => {
    expect(circle.map((broken) => broken())).toEqual([[CYCLE], [CYCLE]]);
  });
});
