/**
 * A child process that cannot outlive the process that started it, even if that one is killed by SIGKILL.
 *
 * A small `sh` beside the child reads a pipe whose other end only we hold. The kernel closes our end when we die,
 * however that happens; the read then ends without a line, and the child is ended. The child itself replaces the
 * shell (`exec`), so `child.pid` is its own process id and signals reach it directly.
 *
 * Does not end what the child itself starts.
 */
import { spawn } from 'node:child_process';

/** Descriptor on which the guardian waits. */
const LIFELINE_FD = 3;

/**
 * A line on the lifeline means that the child has ended by itself; its end means that we have. The time of birth
 * tells the child from a stranger that got its process id later; a zombie (Z) has none any more. `exec` closes for
 * good what the guardian must not hold: a redirection of the function call alone would keep a copy to restore.
 */
const GUARDIAN = `
born() {
  if stat=$(cut -d ' ' -f 3,22 /proc/$$/stat 2>/dev/null); then
    case $stat in Z*) ;; *) echo "\${stat#* }" ;; esac
  else
    ps -o lstart= -p $$
  fi
}
guard() {
  birth=$(born)
  read -r line <&3 && return
  [ "$(born)" = "$birth" ] && kill -s "$1" $$
  [ "$1" = KILL ] && return
  waited=0
  while [ "$waited" -lt "$2" ] && [ "$(born)" = "$birth" ]; do sleep 1; waited=$((waited + 1)); done
  [ "$(born)" = "$birth" ] && kill -s KILL $$
}
( exec >/dev/null 2>&1 4>&-; guard "$1" "$2" ) &
shift 2
exec 3<&-
exec "$@"`;

/**
 * @typedef {object} GuardOptions
 * @property {NodeJS.ProcessEnv} [env]
 * @property {string} [cwd]
 * @property {('ignore' | 'pipe' | 'inherit' | number)[]} [stdio] Of descriptors 0 to 2.
 * @property {'KILL' | 'TERM'} [endWith] Signal for the child when we are gone; after TERM, KILL follows.
 * @property {number} [graceS] Seconds between TERM and KILL.
 * @property {number} [lifelineFd] Read end of a pipe to watch instead of one of our own.
 * @property {number} [inheritFd] A descriptor the child keeps open, as its descriptor 4.
 */

/**
 * Starts `command` under a guardian, in a session of its own: a Ctrl-C in the terminal does not reach it.
 * A command that does not exist ends with code 127.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {GuardOptions} [options]
 * @returns {import('node:child_process').ChildProcess}
 */
export function spawnGuarded(command, args, options = {}) {
  const { env, cwd, stdio = ['ignore', 'pipe', 'pipe'], endWith = 'KILL', graceS = 0 } = options;
  const child = spawn('/bin/sh', ['-c', GUARDIAN, 'guardian', endWith, String(graceS), command, ...args], {
    env,
    cwd,
    detached: true,
    stdio: [...stdio.slice(0, 3), options.lifelineFd ?? 'pipe', options.inheritFd ?? 'ignore'],
  });
  const lifeline = /** @type {import('node:net').Socket | null | undefined} */ (child.stdio[LIFELINE_FD]);
  lifeline?.on('error', () => {}); // the guardian may be gone before it reads the line below
  lifeline?.unref();
  child.once('exit', () => lifeline?.end('ended\n'));
  return child;
}
