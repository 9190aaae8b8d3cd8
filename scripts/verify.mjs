/**
 * `npm run verify`: every layer of the proof in its ordinary size, or with `-- --release` in the size that docs/reliability.md
 * records. Then the planted bugs: one that a layer misses which is to find it is a failure. `-- --only simulation` runs one layer.
 * The last line is `N passed, N failed`.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCommandLine, refuse } from './command-line.mjs';
import { Report, duration } from './report.mjs';
import { judgeBugs, readExpectedBugs } from './steps/judge-bugs.mjs';
import { forgetReport, LAYERS, readReport, runLayer, STAGES } from './steps/layers.mjs';
import { ROOT, runScript, setUp } from './steps/set-up.mjs';

const USAGE = `Usage: npm run verify [-- [--release] [--only <layer>]]

  --release       in the size that docs/reliability.md records
  --only <layer>  one layer: ${LAYERS.join(', ')}
  --help          show this`;

const values = readCommandLine(USAGE, {
  release: { type: 'boolean', default: false },
  only: { type: 'string' },
});
const size = values.release ? 'release' : 'ordinary';
if (values.only !== undefined && !LAYERS.some((layer) => layer === values.only)) {
  refuse(`--only: ${values.only} is none of ${LAYERS.join(', ')}`, USAGE);
}
const stages = STAGES.map((stage) =>
  stage.filter((layer) => values.only === undefined || values.only === layer),
);
const layers = stages.flat();
const needsCompilers = layers.includes('model') || layers.includes('chaos');
const report = new Report({ steps: (needsCompilers ? 4 : 3) + layers.length });
/** For .ci/run: npm may print more after us. */
const summaryFile = join(ROOT, '.cache', 'verify-summary');

/**
 * @param {(typeof LAYERS)[number]} layer
 * @param {boolean} isShared With another layer at the same time.
 * @returns {Promise<import('./steps/layers.mjs').LayerReport | null>} `null` when it failed otherwise than by a finding.
 */
async function verify(layer, isShared) {
  forgetReport(ROOT, layer);
  let told = null;
  await report.step(layer, async () => {
    const code = await runLayer({ root: ROOT, layer, args: ['--size', size, '--bugs'], isShared });
    told = readReport(ROOT, layer);
    if (told === null) return { did: `FAILED with code ${code}, and told nothing` };
    const figures = Object.entries(told.figures).map(([name, value]) => `${value} ${name}`);
    const ends = told.violations.length === 0 && code === 0 ? 'no violation' : 'VIOLATED';
    if (code !== 0 && told.violations.length === 0) told.violations.push(`it ended with code ${code}`);
    return { did: `${ends}; ${figures.join(', ')}` };
  });
  return told;
}

await runScript(async () => {
  const begun = performance.now();
  rmSync(summaryFile, { force: true });
  await setUp(report, { needsRedis: true, needsCompilers });
  const told = new Map();
  let [passed, failed] = [0, 0];
  for (const stage of stages) {
    const reports = await Promise.all(stage.map((layer) => verify(layer, stage.length > 1)));
    stage.forEach((layer, at) => {
      const layerReport = reports[at] ?? null;
      if (layerReport !== null) told.set(layer, layerReport);
      for (const violation of layerReport?.violations ?? []) report.line(`  ${layer}: ${violation}`);
      if (layerReport?.violations.length === 0) passed += 1;
      else failed += 1;
    });
  }
  report.line(`planted bugs, ${size} size:`);
  const bugs = judgeBugs(readExpectedBugs(ROOT), layers, told);
  for (const line of bugs.lines) report.line(`  ${line}`);
  passed += bugs.passed;
  failed += bugs.failed;
  const summary = `${passed} passed, ${failed} failed`;
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  writeFileSync(summaryFile, `${summary}\n`);
  report.line(`verified in ${duration(performance.now() - begun)}`);
  report.line(summary);
  return failed === 0 ? 0 : 1;
});
