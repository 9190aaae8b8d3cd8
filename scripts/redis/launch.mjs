/**
 * Starts a real Redis server as a child of this process, on loopback.
 *
 * Decides when it is ready, and that it is ours that answers. Keeps nothing on disk unless told to.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../processes/free-port.mjs';
import { spawnGuarded } from '../processes/guarded-process.mjs';
import { askIdentity } from './ask.mjs';

const ATTEMPTS = 5;
const READY_TIMEOUT_MS = 15_000;
const POLL_MS = 15;

/**
 * @typedef {object} RunningRedis
 * @property {import('node:child_process').ChildProcess} child
 * @property {number} pid
 * @property {number} port
 * @property {string} version
 */

/**
 * @typedef {object} LaunchOptions
 * @property {string} binary
 * @property {string} folder Its working folder.
 * @property {string} logFile
 * @property {string} [password] Handed over on standard input: arguments are visible to every user.
 * @property {number} [port] Must be this one; otherwise any free one.
 * @property {readonly string[]} [args] Further settings, as on the command line (`--maxmemory 1mb`).
 * @property {NodeJS.ProcessEnv} [env] Ours unless given.
 * @property {number} [lifelineFd] See spawnGuarded.
 */

/**
 * Starts a server and waits until it answers. Tries another port if somebody was faster.
 *
 * @param {LaunchOptions} options
 * @returns {Promise<RunningRedis>}
 */
export async function launchRedis(options) {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    const child = spawnServer(options, port);
    const identity = await whenReady(child, port, options.password);
    if (identity !== undefined && child.pid !== undefined) {
      return { child, pid: child.pid, port, version: identity.version };
    }
    child.kill('SIGKILL');
    if (attempt === ATTEMPTS || options.port !== undefined) {
      throw new Error(`${options.binary} did not start on port ${port}; its log is ${options.logFile}`);
    }
  }
}

/**
 * @param {LaunchOptions} options
 * @param {number} port
 */
function spawnServer({ binary, folder, logFile, password, args = [], env, lifelineFd }, port) {
  const settings = Object.entries({
    port: String(port),
    bind: '127.0.0.1',
    'protected-mode': 'yes',
    daemonize: 'no',
    dir: folder,
    logfile: logFile,
    save: '',
    appendonly: 'no',
    'maxmemory-policy': 'noeviction',
  }).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawnGuarded(binary, ['-', ...settings, ...args], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env,
    lifelineFd,
  });
  child.stdin?.on('error', () => {}); // it ended before it read its settings; that is noticed by its exit
  child.stdin?.end(password === undefined ? '' : `requirepass ${JSON.stringify(password)}\n`);
  return child;
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {number} port
 * @param {string | undefined} password
 */
async function whenReady(child, port, password) {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (child.exitCode === null && child.signalCode === null && performance.now() < deadline) {
    const identity = await askIdentity({ port, password });
    if (identity !== undefined) {
      // Another server that took the port first is not the one we started.
      if (identity.pid === child.pid) return identity;
      return undefined;
    }
    await sleep(POLL_MS);
  }
  return undefined;
}
