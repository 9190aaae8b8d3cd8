/** Runs the API, or another program of Node, as a child, on the embedded Redis or on the user's own, until it ends. */
import { constants } from 'node:os';
import { join } from 'node:path';
import { firstFreePort } from '../processes/free-port.mjs';
import { forwardSignals } from '../processes/forward-signals.mjs';
import { spawnGuarded } from '../processes/guarded-process.mjs';
import { apiArguments } from '../start-options.mjs';

const STANDARD_PORT = 3000;

/** How long the API may take for its own orderly stop when this script was killed. */
const GRACE_S = 20;

/**
 * The environment of the child. Nobody waits for an embedded Redis to remember a former holder: it is new, and never
 * restarted, so there is none it could have forgotten.
 *
 * @param {{ env: NodeJS.ProcessEnv, redis?: import('../redis/embedded.mjs').EmbeddedRedis }} given
 * @returns {NodeJS.ProcessEnv}
 */
function childEnvironment({ env, redis }) {
  return {
    ...env,
    ...(redis === undefined
      ? {}
      : { REDIS_URL: redis.url, EMPTY_REDIS_GRACE: env.EMPTY_REDIS_GRACE ?? 'off' }),
  };
}

/**
 * The port to use instead of the standard one when that is taken; undefined if there is nothing to change.
 *
 * @param {NodeJS.ProcessEnv} env
 */
export async function otherPort(env) {
  if ((env.PORT ?? '') !== '') return undefined;
  const port = await firstFreePort(STANDARD_PORT, env.HOST);
  return port === STANDARD_PORT ? undefined : port;
}

/**
 * Runs the API and resolves with the exit code for this process.
 *
 * @param {{
 *   root: string, args: readonly string[], env: NodeJS.ProcessEnv, script?: string,
 *   redis?: import('../redis/embedded.mjs').EmbeddedRedis, tell: (text: string) => void,
 * }} options
 * @returns {Promise<number>}
 */
export async function runApi({ root, args, env, redis, tell, script = join(root, 'dist', 'main.js') }) {
  const port = await otherPort(env);
  if (port !== undefined) tell(`port ${STANDARD_PORT} is taken, using ${port}`);
  const allArgs = apiArguments(args, env);
  tell(['node dist/main.js', ...allArgs].join(' '));
  return runChild({
    args: [script, ...allArgs],
    cwd: root,
    env: port === undefined ? env : { ...env, PORT: String(port) },
    redis,
    onRedisEnded: () => tell('the embedded Redis has ended; stop this (Ctrl-C) and start again'),
  });
}

/**
 * Runs Node with `args` until it ends; passes signals on. Resolves with its exit code, or 128 and the signal's number.
 *
 * @param {{
 *   args: readonly string[], cwd: string, env: NodeJS.ProcessEnv,
 *   redis?: import('../redis/embedded.mjs').EmbeddedRedis, onRedisEnded?: () => void,
 * }} options
 * @returns {Promise<number>}
 */
export async function runChild({ args, cwd, env, redis, onRedisEnded = () => {} }) {
  const child = spawnGuarded(process.execPath, args, {
    cwd,
    env: childEnvironment({ env, redis }),
    stdio: ['ignore', 'inherit', 'inherit'],
    endWith: 'TERM',
    graceS: GRACE_S,
    inheritFd: redis?.lifelineFd,
  });
  const stopForwarding = forwardSignals((signal) => child.kill(signal), {
    parentCheckMs: env.npm_lifecycle_event === undefined ? undefined : 250,
  });
  redis?.child?.once('exit', () => {
    if (child.exitCode === null) onRedisEnded();
  });
  const code = await new Promise((resolve) => {
    child.once('error', () => resolve(127));
    child.once('exit', (exitCode, signal) => {
      resolve(exitCode ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
  stopForwarding();
  return code;
}
