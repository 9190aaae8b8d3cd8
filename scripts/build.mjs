/** `npm run build`: compiles `src` to `dist` if `dist` is not up to date. */
import { Report } from './report.mjs';
import { runScript, setUpBuild } from './steps/set-up.mjs';

// On standard error: standard output belongs to what comes after (`npm pack --json`).
await runScript(() => setUpBuild(new Report({ write: (text) => process.stderr.write(text) })));
