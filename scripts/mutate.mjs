/** `npm run mutate` and `mutate:lua`: mutation testing (docs/mutation.md), after all set-up. Arguments after `--` are passed on. */
import { Report } from './report.mjs';
import { runChild } from './steps/api.mjs';
import { ROOT, runScript, setUp } from './steps/set-up.mjs';

const PROGRAMS = {
  typescript: ['node_modules/@stryker-mutator/core/bin/stryker.js', 'run'],
  lua: ['test/mutation/lua-main.mjs'],
};

const [what, ...args] = process.argv.slice(2);
const isLua = what === 'lua';
const program = isLua ? PROGRAMS.lua : PROGRAMS.typescript;

await runScript(async () => {
  await setUp(new Report({ steps: isLua ? 4 : 3 }), { needsRedis: isLua, needsCompilers: isLua });
  return runChild({ args: [...program, ...args], cwd: ROOT, env: process.env });
});
