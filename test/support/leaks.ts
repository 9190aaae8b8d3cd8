/**
 * Finds what a test left open, by asking the runtime which resources keep this process alive.
 */
import { waitFor } from './wait-for';

/** Kinds of resources that a test must close. Files and name look-ups end by themselves. */
const WATCHED = new Set([
  'ChildProcess',
  'MessagePort',
  'PipeWrap',
  'ProcessWrap',
  'TCPServerWrap',
  'TCPSocketWrap',
  'TCPWRAP',
  'Timeout',
  'Immediate',
]);

/** How many resources of each watched kind are open now. Timers that were `unref`ed are not among them. */
export function openHandles(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (WATCHED.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/** Rejects if more is open than in `before`; closing takes a moment, so it looks for up to two seconds. */
export async function expectNoLeaks(before: ReadonlyMap<string, number>): Promise<void> {
  let leaks: string[] = [];
  const closed = await waitFor(
    () => {
      leaks = leaksSince(before);
      return leaks.length === 0;
    },
    { timeoutMs: 2_000 },
  ).catch(() => false);
  if (!closed) throw new Error(`The test left something open: ${leaks.join(', ')}`);
}

function leaksSince(before: ReadonlyMap<string, number>): string[] {
  return [...openHandles()]
    .map(([kind, count]) => ({ kind, more: count - (before.get(kind) ?? 0) }))
    .filter(({ more }) => more > 0)
    .map(({ kind, more }) => `${more} ${kind}`);
}
