/**
 * `npm start`: everything from a fresh checkout to a running API.
 *
 * Installs the packages, finds or installs a Redis server unless the settings name one, builds, starts the embedded
 * Redis and the API. Ends with the API's exit code and leaves nothing running. Flags after `--` go to the API.
 */
import { asksForHelp } from './command-line.mjs';
import { joinEmbeddedRedis } from './redis/embedded.mjs';
import { Report } from './report.mjs';
import { hasOwnRedis } from './start-options.mjs';
import { runApi } from './steps/api.mjs';
import { ROOT, runScript, setUp } from './steps/set-up.mjs';

const report = new Report({ steps: 4 });
const tell = (/** @type {string} */ text) => report.line(`[4/4] start: ${text}`);

const args = process.argv.slice(2);
// The API answers a request for help, and needs no Redis for that.
const needsRedis = !hasOwnRedis(process.env) && !asksForHelp(args);

await runScript(async () => {
  const { binary } = await setUp(report, { needsRedis });
  const redis = binary === undefined ? undefined : await joinEmbeddedRedis({ root: ROOT, binary });
  if (redis !== undefined) {
    const { pid, port } = redis.address;
    const how = redis.isNew ? 'started' : 'shared with another start in this folder';
    tell(`embedded Redis ${how}: 127.0.0.1:${port}, process ${pid} (npm run redis opens a client)`);
  }
  const exitCode = await runApi({ root: ROOT, args, env: process.env, redis, tell });
  if ((await redis?.leave()) === 'in use')
    tell('the embedded Redis goes on for another start in this folder');
  return exitCode;
});
