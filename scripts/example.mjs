/**
 * `npm run example`: the example as a user's project. Packs the library, installs it into a copy of
 * `examples/price-watcher`, compiles and runs that, on the embedded Redis unless REDIS_URL is set.
 *
 * `--nest 11` installs it with Nest 11.
 */
import { join } from 'node:path';
import { readCommandLine, refuse } from './command-line.mjs';
import { withLock } from './processes/lock.mjs';
import { joinEmbeddedRedis } from './redis/embedded.mjs';
import { Report } from './report.mjs';
import { hasOwnRedis } from './start-options.mjs';
import { runChild } from './steps/api.mjs';
import { installExample, packLibrary } from './steps/example.mjs';
import { ROOT, runScript, setUp } from './steps/set-up.mjs';

const USAGE = `Usage: npm run example [-- [--nest <version>]]

  --nest <version>  the Nest to install it with: 11 or 12 (12 unless given)
  --help            show this`;

const values = readCommandLine(USAGE, { nest: { type: 'string', default: '12' } });
if (values.nest !== '11' && values.nest !== '12') {
  refuse(`--nest: ${JSON.stringify(values.nest)} is neither 11 nor 12`, USAGE);
}
const nest = values.nest === '11' ? 11 : 12;
const folder = join(ROOT, '.cache', `example-nest-${nest}`);
const logFile = join(ROOT, '.cache', 'setup.log');
const report = new Report({ steps: 5 });

await runScript(async () => {
  const { binary } = await setUp(report, { needsRedis: !hasOwnRedis(process.env) });
  await withLock(`${folder}.lock`, async () => {
    const { tarball } = await report.step('pack', (tell) =>
      packLibrary({ root: ROOT, into: join(ROOT, '.cache'), logFile, tell }),
    );
    await report.step('install', (tell) =>
      installExample({ root: ROOT, folder, tarball, nest, logFile, tell }),
    );
  });
  const redis = binary === undefined ? undefined : await joinEmbeddedRedis({ root: ROOT, binary });
  const exitCode = await runChild({
    args: [join(folder, 'dist', 'main.js')],
    cwd: folder,
    env: process.env,
    redis,
  });
  await redis?.leave();
  return exitCode;
});
