/** The steps several scripts share, in the way scripts end: a message and an exit code. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from '../processes/lock.mjs';
import { SetupError } from '../setup-error.mjs';
import { ensureBuild } from './build.mjs';
import { ensureCompilers } from './compilers.mjs';
import { ensurePackages } from './packages.mjs';
import { ensureRedisBinary } from './redis-binary.mjs';

/** The project's folder. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const logFile = join(ROOT, '.cache', 'setup.log');

/**
 * Installs the packages, finds or installs a Redis server, and compilers, if they are needed, and builds. One
 * process of this folder at a time. It is three steps of the report, with compilers four. `optional` compilers that
 * cannot be had are told, and do not end it.
 *
 * @param {import('../report.mjs').Report} report
 * @param {{ needsRedis: boolean, needsCompilers?: boolean | 'optional' }} needs
 * @returns {Promise<{ binary: string | undefined }>} Of the Redis server.
 */
export function setUp(report, { needsRedis, needsCompilers = false }) {
  const steps = async () => {
    await report.step('packages', (tell) => ensurePackages({ root: ROOT, logFile, tell }));
    const { binary } = await report.step('redis', async (tell) =>
      needsRedis
        ? ensureRedisBinary({ root: ROOT, logFile, tell })
        : { did: 'none is needed beside that of the settings', binary: undefined },
    );
    if (needsCompilers !== false) {
      const areOptional = needsCompilers === 'optional';
      await report.step('compilers', (tell) => ensureCompilers({ logFile, tell, areOptional }));
    }
    await report.step('build', (tell) => ensureBuild({ root: ROOT, logFile, tell }));
    return { binary };
  };
  return withLock(join(ROOT, '.cache', 'setup.lock'), steps, (pid) =>
    report.line(`waiting for the set-up of process ${pid}`),
  );
}

/**
 * Builds what the packages allow to build now.
 *
 * @param {import('../report.mjs').Report} report
 */
export function setUpBuild(report) {
  return withLock(join(ROOT, '.cache', 'setup.lock'), async () => {
    await report.step('packages', (tell) => ensurePackages({ root: ROOT, logFile, tell }));
    await report.step('build', (tell) => ensureBuild({ root: ROOT, logFile, tell }));
  });
}

/**
 * Runs a script's body; sets the exit code to what it resolves with. A SetupError is a message, not a stack.
 *
 * @param {() => Promise<number | void>} body
 */
export async function runScript(body) {
  try {
    process.exitCode = (await body()) ?? 0;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`\n${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}
