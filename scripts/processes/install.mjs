/**
 * Installs programs with the system's package manager. Changes the system, so it says what it runs.
 *
 * Only with root, or with sudo that asks no password. The service a package brings is neither started nor enabled:
 * only the program is wanted.
 */
import { runTool } from './run-tool.mjs';

/** By this line a later run knows the policy of one that was killed. */
const OURS = '# Put here while a set-up installs programs without starting their services; may be removed.';

/**
 * On Debian, a policy that forbids to start services; removed afterwards if it is ours, also when a signal ends this: dash
 * runs no EXIT trap then. On a machine that has just been booted apt is busy with updates of its own: that is waited for.
 *
 * @param {readonly string[]} packages
 * @param {string | undefined} service
 */
const aptScript = (packages, service) => `
policy=\${POLICY_RC_D:-/usr/sbin/policy-rc.d}
trap 'exit 130' INT HUP TERM
if [ -d "\${policy%/*}" ] && { [ ! -e "$policy" ] || grep -qxF '${OURS}' "$policy"; }; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\\n%s\\nexit 101\\n' '${OURS}' > "$policy" && chmod +x "$policy"
fi
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
for pause in 5 10 15 30 30 30 0; do
  said=$(apt-get update -q 2>&1) && break
  printf '%s\\n' "$said"
  case $said in *'Could not get lock'*) sleep "$pause" ;; *) break ;; esac
done
apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=120 ${packages.join(' ')} || exit
${service === undefined ? '' : `if [ -d /run/systemd/system ]; then systemctl disable ${service}; fi`}
exit 0`;

/**
 * @typedef {object} Manager
 * @property {string} program
 * @property {(packages: readonly string[], service?: string) => readonly string[]} command
 * @property {boolean} needsRoot
 */

/** @type {readonly Manager[]} */
const MANAGERS = [
  {
    program: 'apt-get',
    command: (packages, service) => ['sh', '-c', aptScript(packages, service)],
    needsRoot: true,
  },
  { program: 'dnf', command: (packages) => ['dnf', 'install', '-y', ...packages], needsRoot: true },
  { program: 'apk', command: (packages) => ['apk', 'add', '--no-cache', ...packages], needsRoot: true },
  { program: 'brew', command: (packages) => ['brew', 'install', ...packages], needsRoot: false },
];

/**
 * What is wanted, the packages that bring it, for each package manager that has them, and the service which comes along.
 *
 * @typedef {{ name: string, packages: Readonly<Record<string, readonly string[]>>, service?: string }} Wanted
 */

/**
 * @typedef {{ kind: 'installed', with: string } | { kind: 'failed', why: string } | { kind: 'impossible', why: string }} Installation
 */

/**
 * Tries the first package manager there is, of those that have it.
 *
 * @param {Wanted} wanted
 * @param {{ isRoot?: boolean, env?: NodeJS.ProcessEnv, logFile?: string, tell: (text: string) => void }} context
 * @returns {Promise<Installation>}
 */
export async function install(
  { name, packages, service },
  { isRoot = process.getuid?.() === 0, env = process.env, logFile, tell },
) {
  const usable = MANAGERS.filter(({ program }) => program in packages);
  const manager = await firstOf(usable, ({ program }) =>
    succeeds('sh', ['-c', `command -v ${program}`], env),
  );
  if (manager === undefined) return { kind: 'impossible', why: 'no package manager known to us was found' };
  const { program, needsRoot } = manager;
  const withSudo = needsRoot && !isRoot;
  if (withSudo && !(await succeeds('sudo', ['-n', 'true'], env))) {
    return { kind: 'impossible', why: `${program} needs root, or sudo without a password` };
  }
  tell(`installing ${name} with ${withSudo ? 'sudo ' : ''}${program}`);
  const own = manager.command(packages[program] ?? [], service);
  const [command = '', ...args] = withSudo ? ['sudo', '-n', ...own] : own;
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
