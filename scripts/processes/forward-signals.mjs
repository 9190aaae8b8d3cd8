/** Passes requests to stop on to a child, each once. */
import { readFileSync } from 'node:fs';

/**
 * A Ctrl-C reaches this process twice: from the terminal and from npm, which passes it on. What comes within this
 * time is one request; a second one later is the user's impatience, and is passed on too.
 */
const ONE_REQUEST_MS = 500;

/**
 * Our parent and, where the system shows it, its parent: npm runs scripts in a shell, which does not pass signals on
 * and outlives npm.
 */
function ancestors() {
  try {
    const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8');
    return `${process.ppid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]}`;
  } catch {
    return String(process.ppid);
  }
}

/**
 * @param {(signal: 'SIGINT' | 'SIGTERM') => void} send
 * @param {{ now?: () => number, parentCheckMs?: number }} [options] `parentCheckMs`: how often to look whether the
 *   process that started us is still there; its death counts as SIGTERM.
 * @returns {() => void} Stops forwarding.
 */
export function forwardSignals(send, { now = () => performance.now(), parentCheckMs } = {}) {
  let lastAt = -Infinity;
  const forward = (/** @type {'SIGINT' | 'SIGTERM'} */ signal) => {
    const at = now();
    if (at - lastAt < ONE_REQUEST_MS) return;
    lastAt = at;
    send(signal);
  };
  const onInterrupt = () => forward('SIGINT');
  const onTerminate = () => forward('SIGTERM');
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onTerminate);
  process.on('SIGHUP', onTerminate);

  const parents = ancestors();
  const watch =
    parentCheckMs === undefined
      ? undefined
      : setInterval(() => {
          if (ancestors() === parents) return;
          clearInterval(watch);
          forward('SIGTERM');
        }, parentCheckMs);
  watch?.unref();

  return () => {
    clearInterval(watch);
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onTerminate);
    process.off('SIGHUP', onTerminate);
  };
}
