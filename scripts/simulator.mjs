/** `npm run simulator -- --port 4100`: the exchange simulator alone, built first if needed. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Report } from './report.mjs';
import { ROOT, runScript, setUpBuild } from './steps/set-up.mjs';

await runScript(() => setUpBuild(new Report()));
// In this very process: a shell in between would not pass signals on.
if (process.exitCode === 0) await import(pathToFileURL(join(ROOT, 'dist/exchange/simulator/main.js')).href);
