/** After the last fault: everything is mended once, from then on the instances have to manage by themselves; and at last they end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiProcess } from '../support/api-process';
import { waitFor } from '../support/wait-for';
import { now, timed, type HistoryEvent } from './history';
import type { Times } from './supervisor';

const LOOK_EVERY_MS = 100;
/** The empty store's grace is a TTL and this (claim.script.ts). */
const GRACE_SLACK_MS = 1_000;
/** For Node to start four processes on two busy cores, and for whoever has claimed to connect, warm up and become active. */
const BEGINNING_MS = 12_000;

/**
 * Until when one instance must be active, by the settings of the product. The first of them tries again when its wait is over, which it
 * has drawn by itself (up to 60 s after many failures: run-loop.ts) and we have noted; one that ends is started again within a third of a
 * TTL and tries at once. It may find a dead holder's claim, which expires within one TTL, and then a grace of another and a second. All else is
 * a matter of the machine. No stop limit: all that is stopped here ends at once. No second wait: of what was under way
 * when all was mended the last one is known by now (run.ts), and after that nothing is wrong any more that could fail.
 */
export function recoveryMs(
  times: Times,
  history: readonly HistoryEvent[],
  pids: readonly number[],
  at: number,
) {
  const { leaseTtlMs, slowestClock = 1 } = times;
  const waits = pids.map((pid) => {
    const wait = history.findLast((event) => event.what === 'backs-off' && event.pid === pid);
    return wait === undefined ? 0 : Math.max(0, wait.at + (wait.ms ?? 0) / slowestClock - at);
  });
  const firstMs = waits.length === 0 ? leaseTtlMs / 3 : Math.min(...waits);
  return Math.ceil(firstMs + (2 * leaseTtlMs + GRACE_SLACK_MS) / slowestClock + BEGINNING_MS);
}

/** Where the looks take their time from; the machine's own unless given. */
interface Time {
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
}

export interface Recovery {
  readonly findings: readonly string[];
  /** From the healing until there was order, for good. */
  readonly tookMs: number;
}

/**
 * Exactly one is active, and every other one waits or rests: that has to begin within the bound and then to last, with the same one.
 * Who is active at the moment of healing may be about to find out that it no longer holds.
 */
export async function recover(
  look: () => Promise<readonly string[]>,
  {
    healedAt,
    boundMs,
    lastsMs,
  }: { readonly healedAt: number; readonly boundMs: number; readonly lastsMs: number },
  time: Time = { now, sleep },
): Promise<Recovery> {
  let since: number | null = null;
  for (let before = ''; ;) {
    const at = time.now();
    const seen = await look();
    const said = seen.join(', ');
    if (!isOrder(seen)) since = null;
    else if (since === null || said !== before) since = at;
    before = said;
    if (since !== null && time.now() - since >= lastsMs) return { findings: [], tookMs: since - healedAt };
    if ((since ?? time.now()) - healedAt > boundMs) {
      const finding = `recovery: ${Math.round(boundMs)} ms after the last fault the instances are ${said}`;
      return { findings: [timed(finding, time.now())], tookMs: time.now() - healedAt };
    }
    await time.sleep(LOOK_EVERY_MS);
  }
}

function isOrder(states: readonly string[]): boolean {
  return (
    states.filter((state) => state === 'active').length === 1 &&
    states.every((state) => state === 'active' || state === 'idle')
  );
}

/** For everybody to end, on a busy machine. */
const ENDING_MS = 20_000;

/** Everybody is told to end, in order; afterwards nothing is held. */
export async function endAll(
  apis: readonly Pick<ApiProcess, 'kill' | 'pid' | 'running' | 'exited' | 'output'>[],
  statusKey: () => Promise<string | null>,
  withinMs = ENDING_MS,
): Promise<string[]> {
  for (const api of apis) api.kill('SIGTERM');
  const running = () => apis.filter((api) => api.running);
  const inTime = await waitFor(() => running().length === 0, { timeoutMs: withinMs }).catch(() => false);
  if (!inTime) {
    const who = running().map(({ pid, output }) => `${pid}\n${output.lastLines(5)}`);
    return [timed(`stuck: ${who.join('; ')}`, now())];
  }
  const rough: string[] = [];
  for (const { pid, exited, output } of apis) {
    const { code, signal } = await exited;
    if (code !== 0)
      rough.push(
        timed(
          `rough end: process ${pid} ended with ${signal ?? `code ${code}`}; ${output.lastLines(5)}`,
          now(),
        ),
      );
  }
  const status = await statusKey();
  const left = timed(`left behind: after everybody had ended in order, ${status}`, now());
  return status === null ? rough : [...rough, left];
}

/** Errors that nobody has handled, in the history of the processes. */
export function unhandledIn(history: readonly HistoryEvent[]): string[] {
  return history
    .filter(({ what }) => what === 'uncaught')
    .map(({ pid, message, at }) => timed(`unhandled: process ${pid}: ${message}`, at));
}
