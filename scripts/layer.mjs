/** `npm run model`, `simulate`, `schedule`, `chaos`: one layer of the proof (test/<layer>/main.ts), after all set-up. Arguments after `--` are passed on. */
import { Report } from './report.mjs';
import { runLayer } from './steps/layers.mjs';
import { ROOT, runScript, setUp } from './steps/set-up.mjs';

const [layer = '', ...args] = process.argv.slice(2);
const needsCompilers = layer === 'model' || layer === 'chaos';
const report = new Report({ steps: needsCompilers ? 4 : 3 });

await runScript(async () => {
  await setUp(report, { needsRedis: true, needsCompilers });
  return runLayer({ root: ROOT, layer, args });
});
