/** Step: `dist` is built from the sources that are there now. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from '../processes/run-tool.mjs';
import { EXIT, SetupError } from '../setup-error.mjs';

const SETTINGS = ['nest-cli.json', 'tsconfig.json', 'tsconfig.build.json'];

/** Written after a build that succeeded: the compiler leaves files behind also when it fails. */
const MARK = join('dist', '.built-from');

/**
 * A digest of everything the build reads. Contents, not times: a checkout changes times.
 *
 * @param {string} root
 */
export function sourceDigest(root) {
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|lua)$/.test(entry.name) && !entry.name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const digest = createHash('sha256');
  for (const path of [...SETTINGS.map((name) => join(root, name)), ...sources]) {
    digest.update(path.slice(root.length)).update('\0').update(readFileSync(path)).update('\0');
  }
  return digest.digest('hex');
}

/** @param {string} root */
export function buildIsCurrent(root) {
  const mark = join(root, MARK);
  return existsSync(mark) && readFileSync(mark, 'utf8') === sourceDigest(root);
}

/**
 * @param {{ root: string, logFile: string, tell: (text: string) => void }} context
 * @returns {Promise<{ did: string }>}
 */
export async function ensureBuild({ root, logFile, tell }) {
  const digest = sourceDigest(root);
  if (buildIsCurrent(root)) return { did: 'up to date' };
  tell('compiling src to dist');
  const nest = join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  try {
    await runTool(process.execPath, [nest, 'build'], { cwd: root, logFile, tell });
  } catch (error) {
    throw new SetupError(`The build failed. ${error instanceof Error ? error.message : ''}`, EXIT.internal);
  }
  writeFileSync(join(root, MARK), digest);
  return { did: 'built' };
}
