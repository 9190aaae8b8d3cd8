/**
 * Recognises a holder whose process has died on this very machine, so that a crash restart need not wait for the TTL.
 *
 * Decides `dead` only by proof: the same hostname, the same kernel boot, the same pid namespace (a process of another
 * container is not visible from here, but may well live), and either no process of that pid, or one that
 * started at another time. Everything else is not a proof, and the holder counts as alive.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { kill } from 'node:process';
import type { ProcessIdentity, StatusReading } from './exchange-status';

/** What the operating system tells about processes; a port, so that tests can tell otherwise. */
export interface ProcessTable {
  /** Identity of the calling process; `null` where the platform does not tell. */
  own(): ProcessIdentity | null;
  /** Start time of a process in clock ticks since boot; `null` when there is no such process. Throws if unknown. */
  startTicksOf(pid: number): string | null;
}

/** Linux, by /proc. */
export const LINUX_PROCESSES: ProcessTable = {
  own() {
    try {
      const startTicks = readStartTicks('self');
      return startTicks === null
        ? null
        : {
            bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
            pidNamespace: readlinkSync('/proc/self/ns/pid'),
            startTicks,
          };
    } catch {
      return null;
    }
  },
  startTicksOf: (pid) => (exists(pid) ? readStartTicks(pid) : null),
};

/** True only if the holder is proven dead. */
export function isProvenDead(
  holder: StatusReading,
  here: { readonly hostname: string; readonly processes: ProcessTable },
): boolean {
  if (holder.kind !== 'status') return false;
  const { hostname, pid, process: theirs } = holder.status;
  const own = here.processes.own();
  if (own === null || theirs === null || hostname !== here.hostname) return false;
  if (theirs.bootId !== own.bootId || theirs.pidNamespace !== own.pidNamespace) return false;
  try {
    return here.processes.startTicksOf(pid) !== theirs.startTicks;
  } catch {
    return false;
  }
}

/** A process of another user exists (EPERM) even where /proc hides it. */
function exists(pid: number): boolean {
  try {
    return kill(pid, 0);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
    if (errorCode(error) === 'EPERM') return true;
    throw error;
  }
}

/**
 * Field 22 of /proc/<pid>/stat (proc(5)), `null` for a zombie or a process that is gone. The command name in field 2
 * may contain spaces and parentheses, so fields are counted from its last closing one.
 */
function readStartTicks(pid: number | 'self'): string | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH') {
      // Existed a moment ago: hidden (hidepid) or just gone. Asking again tells which.
      if (pid !== 'self' && !exists(pid)) return null;
    }
    throw error;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const ticks = fields[19];
  if (ticks === undefined) throw new TypeError(`unexpected format of /proc/${pid}/stat`);
  return state === 'Z' || state === 'X' ? null : ticks;
}

function errorCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
}
