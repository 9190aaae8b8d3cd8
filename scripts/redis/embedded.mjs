/**
 * The embedded Redis of a checkout: one real server on loopback, shared by every start in this folder, which ends when
 * the last of them has ended, however that happened.
 *
 * Every user holds the write end of a named pipe, and the guardian of the server waits for the pipe's end: the kernel
 * counts the users. So a second start meets the first one in Redis and is told who holds the exchange.
 *
 * Keeps nothing: with the last user, the data is gone. Its password is in a file only this user can read.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, withLock } from '../processes/lock.mjs';
import { runTool } from '../processes/run-tool.mjs';
import { EXIT, SetupError } from '../setup-error.mjs';
import { askIdentity } from './ask.mjs';
import { launchRedis } from './launch.mjs';

const END_TIMEOUT_MS = 1_000;

/** @typedef {{ pid: number, port: number, password: string }} Address */

/**
 * @typedef {object} EmbeddedRedis
 * @property {Address} address
 * @property {string} url With the password: for the environment of a child, never for a log.
 * @property {boolean} isNew False if another start of this folder already used it.
 * @property {number} lifelineFd Keeps the server alive; a child that uses the server should inherit it.
 * @property {import('node:child_process').ChildProcess | undefined} child The server, if it is our child.
 * @property {() => Promise<'ended' | 'in use'>} leave Gives up our use of it. The server ends if we were the last.
 */

/** @param {string} root */
const filesOf = (root) => {
  const folder = join(root, '.cache', 'embedded-redis');
  return {
    folder,
    address: join(folder, 'address.json'),
    lifeline: join(folder, 'users.fifo'),
    log: join(folder, 'redis.log'),
    lock: join(root, '.cache', 'embedded-redis.lock'),
  };
};

/**
 * Where the embedded Redis of this folder is, if there is one now.
 *
 * @param {string} root
 * @returns {Address | undefined}
 */
export function readAddress(root) {
  try {
    return JSON.parse(readFileSync(filesOf(root).address, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {Address} address */
export const urlOf = ({ port, password }) => `redis://:${password}@127.0.0.1:${port}`;

/**
 * Uses the embedded Redis of this folder; starts it if nobody else does.
 *
 * @param {{ root: string, binary: string }} options
 * @returns {Promise<EmbeddedRedis>}
 */
export function joinEmbeddedRedis({ root, binary }) {
  const files = filesOf(root);
  return withLock(files.lock, async () => {
    const lifelineFd = openLifeline(files.lifeline);
    const found = readAddress(root);
    if (lifelineFd === undefined) return startNew(root, binary);
    if (found !== undefined && (await askIdentity(found))?.pid === found.pid)
      return use(root, found, lifelineFd);
    closeSync(lifelineFd);
    throw new SetupError(
      'Another `npm start` runs in this folder, but its embedded Redis has ended or does not answer.\n' +
        'What to do: stop that one (Ctrl-C), then run the same command again.',
      EXIT.unavailable,
    );
  });
}

/**
 * Opens the write end; undefined if nobody reads, which means that there is no guardian and no server.
 *
 * @param {string} path
 */
function openLifeline(path) {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}

/**
 * @param {string} root
 * @param {string} binary
 */
async function startNew(root, binary) {
  const files = filesOf(root);
  rmSync(files.folder, { recursive: true, force: true });
  mkdirSync(files.folder, { recursive: true, mode: 0o700 });
  await runTool('mkfifo', ['-m', '600', files.lifeline]);
  // Opened for both first: each end alone would wait for the other.
  const both = openSync(files.lifeline, constants.O_RDWR);
  const readFd = openSync(files.lifeline, constants.O_RDONLY);
  const lifelineFd = openSync(files.lifeline, constants.O_WRONLY);
  closeSync(both);
  const password = randomBytes(24).toString('hex');
  try {
    const { child, pid, port } = await launchRedis({
      binary,
      folder: files.folder,
      logFile: files.log,
      password,
      lifelineFd: readFd,
    });
    const address = { pid, port, password };
    writeFileSync(files.address, JSON.stringify(address), { mode: 0o600 });
    return use(root, address, lifelineFd, child);
  } catch (error) {
    closeSync(lifelineFd);
    throw new SetupError(error instanceof Error ? error.message : String(error), EXIT.unavailable);
  } finally {
    closeSync(readFd);
  }
}

/**
 * @param {string} root
 * @param {Address} address
 * @param {number} lifelineFd
 * @param {import('node:child_process').ChildProcess} [child]
 * @returns {EmbeddedRedis}
 */
function use(root, address, lifelineFd, child) {
  child?.unref();
  const leave = async () => {
    closeSync(lifelineFd);
    const files = filesOf(root);
    return withLock(files.lock, async () => {
      const deadline = performance.now() + END_TIMEOUT_MS;
      while (isAlive(address.pid) && performance.now() < deadline) await sleep(20);
      if (isAlive(address.pid)) return 'in use';
      rmSync(files.folder, { recursive: true, force: true });
      return 'ended';
    });
  };
  return { address, url: urlOf(address), isNew: child !== undefined, lifelineFd, child, leave };
}
