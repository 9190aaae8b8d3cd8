/**
 * `npm test`: all set-up, then types, lint, format and every spec. Runs all of them, whatever fails; its last line is
 * `N passed, N failed`. Arguments after `--` go to jest.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Report } from './report.mjs';
import { runChecks, runJest } from './steps/checks.mjs';
import { ROOT, runScript, setUp } from './steps/set-up.mjs';

const report = new Report({ steps: 8 });
/** For .ci/run: npm may print more after us. */
const summaryFile = join(ROOT, '.cache', 'test-summary');

await runScript(async () => {
  rmSync(summaryFile, { force: true });
  // Few specs need the compilers: the others are worth running on a machine that has none and where nothing may be installed.
  await setUp(report, { needsRedis: true, needsCompilers: 'optional' });
  const checks = await runChecks({ root: ROOT, report });
  const tests = await runJest({ root: ROOT, args: process.argv.slice(2), report });
  const failed = checks.failed + tests.failed;
  const summary = `${checks.passed + tests.passed} passed, ${failed} failed`;
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  writeFileSync(summaryFile, `${summary}\n`);
  report.line(summary);
  return failed === 0 ? 0 : 1;
});
