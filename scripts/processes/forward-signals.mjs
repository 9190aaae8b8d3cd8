/** Passes requests to stop on to a child, each once. */

/**
 * A Ctrl-C reaches this process twice: from the terminal and from npm, which passes it on. What comes within this
 * time is one request; a second one later is the user's impatience, and is passed on too.
 */
const ONE_REQUEST_MS = 500;

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

  const parent = process.ppid;
  const watch =
    parentCheckMs === undefined
      ? undefined
      : setInterval(() => {
          if (process.ppid === parent) return;
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
