/** A process that has lived through the faults has no more files and sockets open than one that has just been started. */
import { readdirSync } from 'node:fs';
import { waitFor } from '../support/wait-for';
import type { Slot } from './supervisor';

/** For a connection that is being made or closed just now. */
const SLACK = 6;
/** What the exchange and the work of whoever is active need. */
const OF_WORK = 10;
const WITHIN_MS = 30_000;
/** For a fresh one to open what it needs, and for everybody to close what is closing. */
const SETTLED_WITHIN_MS = 10_000;

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
export async function checkLeaks<Place extends Pick<Slot, 'api' | 'ready'>>(
  slots: readonly Place[],
  stateOf: (slot: Place) => Promise<string>,
  restartWithinMs: number,
  settledWithinMs = SETTLED_WITHIN_MS,
): Promise<string[]> {
  const states = await Promise.all(slots.map(stateOf));
  const fresh = slots[states.indexOf('idle')];
  if (fresh === undefined) return [];
  const before = fresh.api?.pid;
  fresh.ready?.kill('SIGTERM');
  const isBack = async () =>
    fresh.ready !== null && fresh.ready.pid !== before && /^(?:idle|active)$/.test(await stateOf(fresh));
  const timeoutMs = WITHIN_MS + restartWithinMs;
  const started = await waitFor(isBack, { timeoutMs, intervalMs: 100 }).catch(() => false);
  if (!started) return [`leak check: nobody was started again in slot ${slots.indexOf(fresh)}`];
  let findings: string[] = [];
  const look = async () => {
    const bound = openFiles(fresh.api?.pid ?? -1) ?? Infinity;
    // Whoever is active now need not be who was.
    const now = await Promise.all(slots.map(stateOf));
    findings = slots.flatMap(({ api }, at) => {
      const open = api === null ? null : openFiles(api.pid);
      const most = bound + SLACK + (now[at] === 'idle' ? 0 : OF_WORK);
      return open === null || open <= most
        ? []
        : [`leak: process ${api?.pid}, ${now[at]}, has ${open} files and sockets open, a fresh one ${bound}`];
    });
    return findings.length === 0;
  };
  await waitFor(look, { timeoutMs: settledWithinMs, intervalMs: 500 }).catch(() => false);
  return findings;
}
