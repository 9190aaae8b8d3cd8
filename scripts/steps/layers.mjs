/** The layers of the proof: programs in test/<layer>, run from their sources. */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** In the order in which `npm run verify` runs them. */
export const LAYERS = /** @type {const} */ (['model', 'simulation', 'schedule', 'chaos']);

/**
 * @param {{ root: string, layer: string, args: readonly string[] }} run
 * @returns {Promise<number>} The exit code; 0 when no promise was broken.
 */
export function runLayer({ root, layer, args }) {
  const compile = join(root, 'scripts/compile-typescript.cjs');
  const main = join(root, 'test', layer, 'main.ts');
  const child = spawn(process.execPath, ['--no-warnings', '--require', compile, main, ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((resolve) => {
    child.once('error', () => resolve(127));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/**
 * What a layer has told of its last run (test/verification/layer-report.ts).
 *
 * @typedef {{
 *   layer: string, size: string, command: string, seconds: number, figures: Record<string, number | string>,
 *   violations: string[], bugs: Record<string, string | null>,
 * }} LayerReport
 */

/** @param {string} root @param {string} layer */
const reportFile = (root, layer) => join(root, '.cache/verify', `${layer}.json`);

/** @param {string} root @param {string} layer */
export function forgetReport(root, layer) {
  rmSync(reportFile(root, layer), { force: true });
}

/**
 * @param {string} root
 * @param {string} layer
 * @returns {LayerReport | null} `null` when the layer ended without telling anything.
 */
export function readReport(root, layer) {
  try {
    return JSON.parse(readFileSync(reportFile(root, layer), 'utf8'));
  } catch {
    return null;
  }
}
