/**
 * `npm run test:nest11`: the same sources and the same specs on Nest 11, in a copy of this folder below `.cache`.
 *
 * `npm run test:nest11 -- --ioredis6`: with ioredis 6 in the place of 5 as well, in a copy of its own. What else comes after `--`
 * goes to jest. Ends with jest's exit code.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runTool } from './processes/run-tool.mjs';
import { Report } from './report.mjs';
import { runChecks, runJest } from './steps/checks.mjs';
import { ensureBuild } from './steps/build.mjs';
import { ROOT, runScript, setUp } from './steps/set-up.mjs';

/** What Nest 11 goes with; everything else stays as it is. */
const NEST_11 = {
  '@nestjs/cli': '^11.0.0',
  '@nestjs/common': '^11.0.0',
  '@nestjs/core': '^11.0.0',
  '@nestjs/platform-express': '^11.0.0',
  '@nestjs/platform-fastify': '^11.0.0',
  '@nestjs/schedule': '^6.0.0',
  '@nestjs/terminus': '^11.0.0',
  '@nestjs/testing': '^11.0.0',
  'nestjs-pino': '^4.6.0',
};

const IOREDIS_6 = { ioredis: '^6.0.0' };
const FLAG = '--ioredis6';

const withIoredis6 = process.argv.includes(FLAG);
const jestArgs = process.argv.slice(2).filter((arg) => arg !== FLAG);
const folder = join(ROOT, '.cache', withIoredis6 ? 'nest11-ioredis6' : 'nest11');
const logFile = join(ROOT, '.cache', 'setup.log');
const report = new Report({ steps: 9 });

/** Copies what is under version control or could be; keeps the copy's own node_modules. */
async function copySources() {
  const listed = await runTool('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
  });
  const files = listed.split('\n').filter((path) => path !== '' && path !== 'package-lock.json');
  for (const name of ['src', 'test', 'scripts', 'examples'])
    rmSync(join(folder, name), { recursive: true, force: true });
  for (const path of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(ROOT, path), join(folder, path));
  }
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  Object.assign(manifest.devDependencies, NEST_11, withIoredis6 ? IOREDIS_6 : {});
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  return { did: `${files.length} files` };
}

await runScript(async () => {
  await setUp(report, { needsRedis: true, needsCompilers: true });
  mkdirSync(folder, { recursive: true });
  await report.step('copy', copySources);
  await report.step('install', async (tell) => {
    const options = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await runTool('npm', ['install', ...options], { cwd: folder, logFile, tell });
    return { did: `Nest 11 installed${withIoredis6 ? ', and ioredis 6' : ''}` };
  });
  await report.step('build', (tell) => ensureBuild({ root: folder, logFile, tell }));
  const types = await runChecks({
    root: folder,
    report,
    checks: [{ name: 'types', program: 'typescript/bin/tsc', args: ['--noEmit'] }],
  });
  const tests = await runJest({ root: folder, args: jestArgs, report });
  const failed = types.failed + tests.failed;
  report.line(`${types.passed + tests.passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
});
