/** A process that has lived through the faults has no more files and sockets open than one that has just been started. */
import { readdirSync } from 'node:fs';
import { waitFor } from '../support/wait-for';
import type { Slot } from './supervisor';

/** For a connection that is being made or closed just now. */
const SLACK = 6;
/** What the exchange and the work of whoever is active need. */
const OF_WORK = 10;
const WITHIN_MS = 30_000;

/** `null` where there is no /proc, or no such process any more. */
export function openFiles(pid: number): number | null {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return null;
  }
}

/**
 * Ends one that waits, has it started again, and compares. Everybody must be at rest: one active, the others waiting. Resolves to the
 * findings.
 */
export async function checkLeaks(
  slots: readonly Slot[],
  stateOf: (slot: Slot) => Promise<string>,
): Promise<string[]> {
  const states = await Promise.all(slots.map(stateOf));
  const fresh = slots[states.indexOf('idle')];
  if (fresh === undefined) return [];
  const before = fresh.api?.pid;
  fresh.ready?.kill('SIGTERM');
  const isBack = async () =>
    fresh.ready !== null && fresh.ready.pid !== before && (await stateOf(fresh)) === 'idle';
  const started = await waitFor(isBack, { timeoutMs: WITHIN_MS, intervalMs: 100 }).catch(() => false);
  if (!started) return [`leak check: nobody was started again in slot ${slots.indexOf(fresh)}`];
  let findings: string[] = [];
  const look = () => {
    const bound = openFiles(fresh.api?.pid ?? -1);
    findings = slots.flatMap(({ api }, at) => {
      const open = api === null ? null : openFiles(api.pid);
      const most = (bound ?? Infinity) + SLACK + (states[at] === 'active' ? OF_WORK : 0);
      return open === null || open <= most
        ? []
        : [`leak: process ${api?.pid} has ${open} files and sockets open, a fresh one ${bound}`];
    });
    return findings.length === 0;
  };
  // Also lets the fresh one open what it needs.
  await waitFor(look, { timeoutMs: 5_000, intervalMs: 500 }).catch(() => false);
  return findings;
}
