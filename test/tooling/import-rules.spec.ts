import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

/** What the linter says of one file of a project that has nothing else. */
async function lint(file: string, imported: string): Promise<string> {
  const project = await mkdtemp(join(tmpdir(), 'lint-'));
  try {
    await cp(join(ROOT, '.oxlintrc.json'), join(project, '.oxlintrc.json'));
    await mkdir(dirname(join(project, file)), { recursive: true });
    await writeFile(join(project, file), `export * from '${imported}';\n`);
    const oxlint = join(ROOT, 'node_modules/oxlint/bin/oxlint');
    return await new Promise((settle) => {
      execFile(process.execPath, [oxlint, '--format', 'unix'], { cwd: project }, (_failed, output) =>
        settle(output),
      );
    });
  } finally {
    await rm(project, { recursive: true });
  }
}

describe('the linter refuses', () => {
  it.each([
    ['src/state-machine/transition.ts', '@nestjs/common'],
    ['src/state-machine/state-machine.ts', '../registry/lease'],
    ['src/registry/lease.ts', '../control/exchange-runner'],
    ['src/registry/redis/keys.ts', '../../exchange/catalogue'],
    ['src/registry/lease.ts', 'ioredis'],
    ['src/registry/redis/keys.ts', '@liaoliaots/nestjs-redis'],
    ['src/exchange/workload.ts', '../registry/lease'],
    ['src/exchange/coinbase/feed-client.ts', '../../state-machine/guards'],
    ['src/control/exchange-runner.ts', '../network/network.module'],
    ['src/network/revocation.ts', '../control/exchange-runner'],
    ['src/health/health.controller.ts', '../exchange/catalogue'],
    ['src/http/problem.ts', '../registry/lease'],
    ['src/app.module.ts', 'ioredis'],
  ])('in %s an import of %s', async (file, imported) => {
    expect(await lint(file, imported)).toContain('no-restricted-imports');
  });

  it.each([
    ['src/registry/lease.ts', '../state-machine/guards'],
    ['src/registry/redis/keys.ts', 'ioredis'],
    ['src/control/exchange-runner.ts', '../exchange/catalogue'],
    ['src/state-machine/state-machine.ts', '@nestjs/common'],
  ])('not in %s an import of %s', async (file, imported) => {
    expect(await lint(file, imported)).not.toContain('no-restricted-imports');
  });
});
