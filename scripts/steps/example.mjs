/** Installs the packed library into a copy of the example and type-checks it, as a user would. */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from '../processes/run-tool.mjs';

/** What the example is installed with; the versions of everything else follow from its package.json. */
export const NEST_VERSIONS = {
  12: ['@nestjs/common@12', '@nestjs/core@12', '@nestjs/schedule@12'],
  11: ['@nestjs/common@11', '@nestjs/core@11', '@nestjs/schedule@6'],
};

const NPM_OPTIONS = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/**
 * Packs the library as it would be published. Builds it first (`prepack`).
 *
 * @param {{ root: string, into: string, logFile?: string, tell?: (text: string) => void }} options
 * @returns {Promise<{ did: string, tarball: string, files: string[] }>}
 */
export async function packLibrary({ root, into, logFile, tell }) {
  mkdirSync(into, { recursive: true });
  const output = await runTool('npm', ['pack', '--json', '--loglevel=silent', '--pack-destination', into], {
    cwd: root,
    logFile,
    tell,
  });
  /** @type {[{ filename: string, files: { path: string }[] }]} */
  const [packed] = JSON.parse(output.slice(output.indexOf('[\n')));
  const files = packed.files.map(({ path }) => path);
  return { did: `${packed.filename}, ${files.length} files`, tarball: join(into, packed.filename), files };
}

/**
 * @param {{
 *   root: string, folder: string, tarball: string, nest: keyof typeof NEST_VERSIONS,
 *   logFile?: string, tell?: (text: string) => void,
 * }} options
 * @returns {Promise<{ did: string }>}
 */
export async function installExample({ root, folder, tarball, nest, logFile, tell }) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of ['package.json', 'tsconfig.json', 'src']) {
    cpSync(join(root, 'examples', 'price-watcher', name), join(folder, name), { recursive: true });
  }
  const args = ['install', ...NPM_OPTIONS, tarball, ...NEST_VERSIONS[nest]];
  await runTool('npm', args, { cwd: folder, logFile, tell });
  await runTool(process.execPath, [join(folder, 'node_modules/typescript/bin/tsc'), '-p', '.'], {
    cwd: folder,
    logFile,
    tell,
  });
  return { did: `installed and compiled with Nest ${nest}` };
}
