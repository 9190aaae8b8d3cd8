/**
 * A lock between processes of one machine, for the moments when two starts must not do the same thing.
 *
 * The lock is a symbolic link that names its holder; making it is atomic. One whose holder has died is removed. Not
 * fit for anything that must be excluded for certain: without /proc, a process id may have been given to another program.
 */
import { lstatSync, mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, SetupError } from '../setup-error.mjs';

const POLL_MS = 100;
/** In which the kernel tells times to programs, on every machine. */
const TICK_MS = 10;
/** For clocks that were set, and for the seconds in which the kernel tells when it was booted. */
const INEXACT_MS = 5_000;

/** The paths whose lock this process has. */
const taken = new Set();

/**
 * True if the process runs. One that has ended but was not yet waited for (a zombie, usual for orphans in a container
 * whose first process is no init) does not.
 *
 * @param {number} pid
 */
export function isAlive(pid) {
  const stat = readStat(pid);
  return stat === undefined ? existsByKill(pid) : stat.state !== 'Z';
}

/**
 * What the kernel says of a process; undefined without a /proc, or without such a process.
 *
 * @param {number} pid
 */
function readStat(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the name, which may hold anything, comes the third field.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], startedAt: fields[19] };
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function existsByKill(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/**
 * Does `act` while holding the lock. Waits for as long as another process holds it. Rejects with a `SetupError` where no
 * lock can be made.
 *
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} act
 * @param {(holderPid: number) => void} [onWait] Called once, when there is somebody to wait for.
 * @returns {Promise<T>}
 */
export async function withLock(path, act, onWait = () => {}) {
  makeFolder(dirname(path));
  let hasWaited = false;
  for (let holder = take(path); holder !== undefined; holder = take(path)) {
    if (!isHeld(path, holder)) removeStale(path, holder);
    else {
      if (!hasWaited) onWait(pidOf(holder));
      hasWaited = true;
      await sleep(POLL_MS);
    }
  }
  taken.add(resolve(path));
  try {
    return await act();
  } finally {
    rmSync(path, { force: true });
    taken.delete(resolve(path));
  }
}

/** @param {string} folder */
function makeFolder(folder) {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw unwritable(folder, error);
  }
}

/**
 * Takes the lock, or says who holds it.
 *
 * @param {string} path
 * @returns {string | undefined}
 */
function take(path) {
  for (;;) {
    try {
      symlinkSync(nameOf(process.pid), path);
      return undefined;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw unwritable(path, error);
    }
    const holder = readHolder(path);
    if (holder !== undefined) return holder;
  }
}

/**
 * A process id is given again, soon in a container, where a start has the same one each time; with the time of its start it
 * is one process's for ever.
 *
 * @param {number} pid
 */
function nameOf(pid) {
  const stat = readStat(pid);
  return stat === undefined ? String(pid) : `${pid}:${stat.startedAt}`;
}

/** @param {string} holder */
const pidOf = (holder) => Number.parseInt(holder, 10);

/**
 * @param {string} path
 * @param {string} holder
 */
function isHeld(path, holder) {
  const pid = pidOf(holder);
  if (pid === process.pid) return taken.has(resolve(path));
  if (!isAlive(pid)) return false;
  const stat = readStat(pid);
  if (stat === undefined) return true; // no /proc here
  return holder.includes(':') ? holder === nameOf(pid) : !beganAfter(path, Number(stat.startedAt));
}

/**
 * Whether a process began after the link was made, which then names an earlier one. For links without a time of start, which
 * an earlier version left.
 *
 * @param {string} path
 * @param {number} startedAt In ticks since the machine was booted.
 */
function beganAfter(path, startedAt) {
  try {
    const bootedAtMs = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]) * 1_000;
    return bootedAtMs + startedAt * TICK_MS > lstatSync(path).mtimeMs + INEXACT_MS;
  } catch {
    return false; // released meanwhile
  }
}

/**
 * Whom the link names; undefined if it was released meanwhile.
 *
 * @param {string} path
 */
function readHolder(path) {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unwritable(path, error); // it is there, but no link
  }
}

/**
 * Moves the link away under a name of our own: of several that find it stale, one succeeds.
 *
 * @param {string} path
 * @param {string} holder
 */
function removeStale(path, holder) {
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw unwritable(path, error);
    return; // another process was faster
  }
  const moved = readHolder(aside);
  rmSync(aside, { force: true });
  if (moved !== undefined && moved !== holder) symlinkSync(moved, path); // a living one, taken by mistake
}

/**
 * @param {string} path
 * @param {unknown} error
 */
function unwritable(path, error) {
  return new SetupError(
    `${path} cannot be written: ${String(error).replace(/^Error: /, '')}.\n` +
      'What to do: make its folder one that this user may write to, or remove what is in the way, then run the same command again.',
    EXIT.unavailable,
  );
}

/** @param {unknown} error */
function codeOf(error) {
  // Not by its class: under jest, an error of Node is none of the Error that is known here.
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
