/**
 * A lock between processes of one machine, for the moments when two starts must not do the same thing.
 *
 * The lock is a symbolic link that names its holder; making it is atomic. One whose holder has died is removed. Not
 * fit for anything that must be excluded for certain: a process id may have been given to another program.
 */
import { mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;

/**
 * True if the process runs. One that has ended but was not yet waited for (a zombie, usual for orphans in a container
 * whose first process is no init) does not.
 *
 * @param {number} pid
 */
export function isAlive(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
  } catch {
    return existsByKill(pid); // no /proc here, or no such process
  }
}

/** @param {number} pid */
function existsByKill(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Does `act` while holding the lock. Waits for as long as another process holds it.
 *
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} act
 * @param {(holderPid: number) => void} [onWait] Called once, when there is somebody to wait for.
 * @returns {Promise<T>}
 */
export async function withLock(path, act, onWait = () => {}) {
  mkdirSync(dirname(path), { recursive: true });
  let hasWaited = false;
  for (let holder = take(path); holder !== undefined; holder = take(path)) {
    if (!isAlive(Number(holder))) removeStale(path, holder);
    else {
      if (!hasWaited) onWait(Number(holder));
      hasWaited = true;
      await sleep(POLL_MS);
    }
  }
  try {
    return await act();
  } finally {
    rmSync(path, { force: true });
  }
}

/**
 * Takes the lock, or says who holds it.
 *
 * @param {string} path
 * @returns {string | undefined}
 */
function take(path) {
  try {
    symlinkSync(String(process.pid), path);
    return undefined;
  } catch {
    return readHolder(path) ?? take(path);
  }
}

/** @param {string} path */
function readHolder(path) {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // released meanwhile
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
  } catch {
    return; // another process was faster
  }
  const moved = readHolder(aside);
  rmSync(aside, { force: true });
  if (moved !== undefined && moved !== holder) symlinkSync(moved, path); // a living one, taken by mistake
}
