/**
 * Installs programs with the system's package manager. Changes the system, so it says what it runs.
 *
 * Only with root, or with sudo that asks no password. The service a package brings is neither started nor enabled:
 * only the program is wanted.
 */
import { runTool } from './run-tool.mjs';

/** Where Debian asks whether a service may be started. */
const POLICY = '/usr/sbin/policy-rc.d';
/** By this line a later run knows a policy that ours left behind because it was killed. */
const MARK = '# Of the set-up of exchange-registry, which removes it when it ends.';

/**
 * On Debian, a policy that forbids to start services; removed afterwards if it is ours, also when a signal ends the script:
 * dash runs what is to be done on EXIT only after a trap of the signal. PIPE is one of them: whatever is printed brings it
 * when the reader has ended first.
 *
 * After a boot, apt itself is at work. `DPkg::Lock::Timeout` waits for the lock of packages, and for none other, so
 * what meets one of those is done again, for as long.
 *
 * @param {readonly string[]} packages
 * @param {string | undefined} service
 * @param {string} policy
 */
const aptScript = (packages, service, policy) => `
policy='${policy}'
mark='${MARK}'
second=
if [ -f "$policy" ]; then { read -r first; read -r second; } < "$policy"; fi
if [ -d "\${policy%/*}" ] && { [ ! -e "$policy" ] || [ "$second" = "$mark" ]; }; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 141' PIPE
  trap 'exit 143' TERM
  printf '#!/bin/sh\\n%s\\nexit 101\\n' "$mark" > "$policy" && chmod +x "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
exec 3>&1
patiently() {
  for attempt in 1 2 3 4 5 6 7 8 9 10 11 12; do
    errors=$(LC_ALL=C "$@" 2>&1 >&3 3>&-) && code=0 || code=$?
    [ -z "$errors" ] || printf '%s\\n' "$errors" >&2
    case "$errors" in
      *'Could not get lock '*/lists/lock* | *'Could not get lock '*/archives/lock*) sleep 10 ;;
      *) return "$code" ;;
    esac
  done
  return "$code"
}
patiently apt-get update -q
patiently apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=120 ${packages.join(' ')} || exit
${service === undefined ? '' : `if [ -d /run/systemd/system ]; then systemctl disable ${service}; fi`}
exit 0`;

/**
 * @typedef {object} Manager
 * @property {string} program
 * @property {(packages: readonly string[], service: string | undefined, policy: string) => readonly string[]} command
 * @property {boolean} needsRoot
 */

/** @type {readonly Manager[]} */
const MANAGERS = [
  {
    program: 'apt-get',
    command: (packages, service, policy) => ['sh', '-c', aptScript(packages, service, policy)],
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
 * @param {{
 *   isRoot?: boolean, env?: NodeJS.ProcessEnv, logFile?: string, policy?: string, tell: (text: string) => void,
 * }} context
 * @returns {Promise<Installation>}
 */
export async function install(
  { name, packages, service },
  { isRoot = process.getuid?.() === 0, env = process.env, logFile, policy = POLICY, tell },
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
  const own = manager.command(packages[program] ?? [], service, policy);
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
