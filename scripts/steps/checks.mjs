/** The checks of `npm test` that are no tests: types, lint rules, format. And the tests. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runTool } from '../processes/run-tool.mjs';

/** @typedef {{ passed: number, failed: number }} Tally */

/** Programs are started from node_modules by Node itself: no shell, no PATH. */
const CHECKS = [
  { name: 'types', program: 'typescript/bin/tsc', args: ['--noEmit'] },
  { name: 'lint', program: 'oxlint/bin/oxlint', args: ['--type-aware', '--deny-warnings'] },
  { name: 'format', program: 'prettier/bin/prettier.cjs', args: ['--check', '.', '--log-level', 'warn'] },
];

/**
 * Runs one check after the other, all of them whatever they find, and prints what each finds.
 *
 * @param {{ root: string, report: import('../report.mjs').Report, checks?: typeof CHECKS }} options
 * @returns {Promise<Tally>}
 */
export async function runChecks({ root, report, checks = CHECKS }) {
  const tally = { passed: 0, failed: 0 };
  for (const { name, program, args } of checks) {
    await report.step(name, async (tell) => {
      try {
        await runTool(process.execPath, [join(root, 'node_modules', program), ...args], { cwd: root, tell });
        tally.passed += 1;
        return { did: 'passed' };
      } catch (error) {
        tally.failed += 1;
        report.line(error instanceof Error ? error.message : String(error));
        return { did: 'FAILED' };
      }
    });
  }
  return tally;
}

/**
 * Counts from jest's own report: a spec file that could not run at all counts as one failure.
 *
 * @param {string} resultFile
 * @param {number | null} exitCode Of jest.
 * @returns {Tally}
 */
export function readTally(resultFile, exitCode) {
  if (!existsSync(resultFile)) return { passed: 0, failed: 1 };
  /** @type {{ numPassedTests: number, numFailedTests: number, numRuntimeErrorTestSuites: number }} */
  const result = JSON.parse(readFileSync(resultFile, 'utf8'));
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  // Jest also fails for reasons that are no test's: nothing was found, a global set-up threw.
  return { passed: result.numPassedTests, failed: exitCode === 0 ? failed : Math.max(1, failed) };
}

/**
 * Runs jest, with its output as it comes. `args` go to jest.
 *
 * @param {{ root: string, args: readonly string[], report: import('../report.mjs').Report }} options
 * @returns {Promise<Tally>}
 */
export async function runJest({ root, args, report }) {
  const resultFile = join(root, '.cache', 'jest.json');
  mkdirSync(dirname(resultFile), { recursive: true });
  rmSync(resultFile, { force: true });
  const tally = { passed: 0, failed: 0 };
  await report.step('tests', async () => {
    const jest = join(root, 'node_modules/jest/bin/jest.js');
    const fixed = ['--maxWorkers=2', '--json', `--outputFile=${resultFile}`, '--silent=false'];
    const child = spawn(process.execPath, [jest, ...fixed, ...args], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'], // jest's text is on standard error, the JSON on the other
    });
    const code = await new Promise((resolve) => {
      child.once('error', () => resolve(127));
      child.once('exit', resolve);
    });
    Object.assign(tally, readTally(resultFile, code));
    return { did: `${tally.passed} passed, ${tally.failed} failed` };
  });
  return tally;
}
