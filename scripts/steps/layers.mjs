/** The layers of the proof: programs in test/<layer>, run from their sources. */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * What `npm run verify` runs, one stage after the other. Chaos mostly waits for its processes: a search has the time that it leaves.
 */
export const STAGES = /** @type {const} */ ([['model'], ['simulation'], ['chaos', 'schedule']]);

export const LAYERS = STAGES.flat();

/** Of the searches in a stage that is shared: they give way to what judges real processes. */
const GIVES_WAY = 10;

/**
 * With `isShared` each line that it prints begins with its name.
 *
 * @param {{ root: string, layer: string, args: readonly string[], isShared?: boolean }} run
 * @returns {Promise<number>} The exit code; 0 when no promise was broken.
 */
export function runLayer({ root, layer, args, isShared = false }) {
  const compile = join(root, 'scripts/compile-typescript.cjs');
  const main = join(root, 'test', layer, 'main.ts');
  const child = spawn(process.execPath, ['--no-warnings', '--require', compile, main, ...args], {
    cwd: root,
    stdio: ['ignore', isShared ? 'pipe' : 'inherit', 'inherit'],
  });
  if (child.stdout !== null)
    createInterface(child.stdout).on('line', (line) => process.stdout.write(`${layer}: ${line}\n`));
  if (isShared && layer !== 'chaos' && child.pid !== undefined) setPriority(child.pid, GIVES_WAY);
  return new Promise((resolve) => {
    child.once('error', () => resolve(127));
    child.once('close', (code) => resolve(code ?? 1));
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
