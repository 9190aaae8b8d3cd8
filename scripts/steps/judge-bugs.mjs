/** Whether the layers have found the planted bugs that they are to find (test/verification/planted-bugs.ts). */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { LAYERS } from './layers.mjs';

/** @typedef {import('../../test/verification/planted-bugs.js').ExpectedBug} ExpectedBug */
/** @typedef {Pick<import('./layers.mjs').LayerReport, 'bugs'>} Told */

/**
 * The list, from the sources: needs the packages.
 *
 * @param {string} root
 * @returns {Record<string, ExpectedBug>}
 */
export function readExpectedBugs(root) {
  const load = createRequire(join(root, 'package.json'));
  load('./scripts/compile-typescript.cjs');
  return load('./test/verification/planted-bugs.ts').PLANTED_BUGS;
}

/**
 * A bug has to be found by each layer of its list that was run, and by some layer where all of them were. One that none of the
 * layers run has on its list is not judged.
 *
 * @param {Record<string, ExpectedBug>} expected
 * @param {readonly string[]} ran
 * @param {ReadonlyMap<string, Told>} told By layer; one that told nothing has found nothing.
 */
export function judgeBugs(expected, ran, told) {
  const isWhole = LAYERS.every((layer) => ran.includes(layer));
  let [passed, failed] = [0, 0];
  /** @type {string[]} */
  const lines = [];
  for (const [bug, { foundBy }] of Object.entries(expected)) {
    const finds = ran.flatMap((layer) => {
      const by = told.get(layer)?.bugs[bug];
      return typeof by === 'string' ? [{ layer, by }] : [];
    });
    const isFoundBy = (/** @type {string} */ name) => finds.some(({ layer }) => layer === name);
    const missing = foundBy.filter((layer) => ran.includes(layer) && !isFoundBy(layer));
    const blind = ran.filter(
      (layer) => told.get(layer)?.bugs[bug] === null && !missing.some((m) => m === layer),
    );
    const isMissed = missing.length > 0 || (isWhole && finds.length === 0);
    if (isMissed) failed += 1;
    else if (finds.length > 0) passed += 1;
    else if (blind.length === 0) continue;
    const by = finds.map(({ layer, by: what }) => `${layer} (${what})`).join('; ') || 'NO LAYER';
    const misses = missing.length > 0 ? `; MISSED by ${missing.join(', ')}` : '';
    lines.push(`${bug}: found by ${by}${misses}${blind.length > 0 ? `; not by ${blind.join(', ')}` : ''}`);
  }
  return { passed, failed, lines };
}
