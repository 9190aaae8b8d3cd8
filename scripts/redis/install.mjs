/**
 * Installs a Redis server with the system's package manager. Changes the system, so it says what it runs.
 *
 * Only with root, or with sudo that asks no password. The service a package brings is neither started nor enabled:
 * only the program is wanted.
 */
import { runTool } from '../processes/run-tool.mjs';

/** On Debian, a policy that forbids to start services; removed afterwards if it is ours. */
const APT = `
policy=/usr/sbin/policy-rc.d
if [ -d /usr/sbin ] && [ ! -e "$policy" ]; then
  printf '#!/bin/sh\\nexit 101\\n' > "$policy" && chmod +x "$policy" && trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends redis-server || exit
if [ -d /run/systemd/system ]; then systemctl disable redis-server; fi
exit 0`;

/**
 * @typedef {object} Manager
 * @property {string} program
 * @property {readonly string[]} command
 * @property {boolean} needsRoot
 */

/** @type {readonly Manager[]} */
export const MANAGERS = [
  { program: 'apt-get', command: ['sh', '-c', APT], needsRoot: true },
  { program: 'dnf', command: ['dnf', 'install', '-y', 'redis'], needsRoot: true },
  { program: 'apk', command: ['apk', 'add', '--no-cache', 'redis'], needsRoot: true },
  { program: 'brew', command: ['brew', 'install', 'redis'], needsRoot: false },
];

/**
 * @typedef {{ kind: 'installed', with: string } | { kind: 'failed', why: string } | { kind: 'impossible', why: string }} Installation
 */

/**
 * Tries the first package manager there is.
 *
 * @param {{ isRoot?: boolean, env?: NodeJS.ProcessEnv, logFile?: string, tell: (text: string) => void }} context
 * @returns {Promise<Installation>}
 */
export async function installRedisServer({
  isRoot = process.getuid?.() === 0,
  env = process.env,
  logFile,
  tell,
}) {
  const manager = await firstOf(MANAGERS, ({ program }) =>
    succeeds('sh', ['-c', `command -v ${program}`], env),
  );
  if (manager === undefined) return { kind: 'impossible', why: 'no package manager known to us was found' };
  const { program, needsRoot } = manager;
  const withSudo = needsRoot && !isRoot;
  if (withSudo && !(await succeeds('sudo', ['-n', 'true'], env))) {
    return { kind: 'impossible', why: `${program} needs root, or sudo without a password` };
  }
  tell(`installing redis-server with ${withSudo ? 'sudo ' : ''}${program}`);
  const [command = '', ...args] = withSudo ? ['sudo', '-n', ...manager.command] : manager.command;
  try {
    await runTool(command, args, { env, logFile, tell });
    return { kind: 'installed', with: program };
  } catch (error) {
    return { kind: 'failed', why: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
function succeeds(command, args, env) {
  return runTool(command, args, { env }).then(
    () => true,
    () => false,
  );
}

/**
 * @template T
 * @param {readonly T[]} items
 * @param {(item: T) => Promise<boolean>} fits
 * @returns {Promise<T | undefined>}
 */
async function firstOf(items, fits) {
  for (const item of items) if (await fits(item)) return item;
  return undefined;
}
