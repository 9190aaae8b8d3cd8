/** `npm run simulate`: the registry in virtual time, under faults (test/simulation). Arguments after `--` are passed on. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './steps/set-up.mjs';

const compile = join(ROOT, 'scripts/compile-typescript.cjs');
const main = join(ROOT, 'test/simulation/main.ts');
const args = ['--no-warnings', '--require', compile, main, ...process.argv.slice(2)];
const child = spawn(process.execPath, args, { stdio: 'inherit' });
process.exitCode = await new Promise((resolve) => {
  child.once('error', () => resolve(127));
  child.once('exit', (code) => resolve(code ?? 1));
});
