/**
 * How far the promises were from being broken, and how long an exchange went without its holder: the worst of a run, and of each
 * kind of fault. Judges nothing.
 *
 * Faults overlap. What came about is put down to every one that had an effect and went on at that time, or had ended less than a TTL before.
 */
import { isRobbed, notedClaims, robberiesIn, type NotedClaim } from './claims';
import { FAULT_MATRIX } from './fault-matrix';
import type { HistoryEvent } from './history';
import { provenUntil } from './proof-check';
import type { Times } from './supervisor';
import { stillMs } from './witness-check';

/** Milliseconds; each `undefined` when there was no such case. */
export interface Worst {
  /** Between the last act under a claim and its deadline: the least. */
  leastBeforeDeadline?: number;
  /** From the deadline until nothing of the work ran any more, without the time in which the process stood still. */
  longestAfterDeadline?: number;
  /** From the end of a process that held until its claim was under the key no more. */
  longestGhost?: number;
  /** From the last act of a claim until the next one was active. */
  longestWithoutHolder?: number;
}

interface Case {
  readonly at: number;
  readonly what: keyof Worst;
  readonly ms: number;
}

export function worstOf(history: readonly HistoryEvent[], times: Times): Worst {
  return worst(casesIn(history, times));
}

/** By the fault of the matrix that went on at the time; without those that there were none of. */
export function worstByFault(
  history: readonly HistoryEvent[],
  times: Times,
): Readonly<Record<string, Worst>> {
  const cases = casesIn(history, times);
  const faults = history.filter(({ what, made }) => what === 'fault' && made === true);
  const found = Object.entries<readonly string[]>(FAULT_MATRIX).flatMap(([fault, kinds]) => {
    const spans = faults.filter(({ kind = '' }) => kinds.includes(kind));
    if (spans.length === 0) return [];
    const isUnder = (t: number) =>
      spans.some(({ at, until = at }) => at <= t && t <= until + times.leaseTtlMs);
    return [[fault, worst(cases.filter(({ at }) => isUnder(at)))] as const];
  });
  return Object.fromEntries(found);
}

/** For a report. */
export function inWords({
  leastBeforeDeadline,
  longestAfterDeadline,
  longestGhost,
  longestWithoutHolder,
}: Worst): Record<string, number> {
  return {
    ...rounded('ms least before a deadline at which work ended', leastBeforeDeadline),
    ...rounded('ms longest after a deadline until all work had stopped', longestAfterDeadline),
    ...rounded('ms longest ghost', longestGhost),
    ...rounded('ms longest without a holder', longestWithoutHolder),
  };
}

/** A Redis that stands still, or is not there, expires nothing. */
const WITHOUT_REDIS: ReadonlySet<string> = new Set([
  'redis-pauses',
  'redis-sleeps',
  'redis-restarts',
  'redis-down',
  'primary-hangs',
]);

/** For how much of this time there was no Redis to ask; several faults at a time count once. */
function withoutRedisMs(history: readonly HistoryEvent[], from: number, to: number): number {
  let [ms, counted] = [0, from];
  for (const { what, kind = '', at, until = at, made } of history) {
    if (what !== 'fault' || made !== true || !WITHOUT_REDIS.has(kind)) continue;
    const [begins, ends] = [Math.max(at, counted), Math.min(until, to)];
    if (ends <= begins) continue;
    ms += ends - begins;
    counted = ends;
  }
  return ms;
}

const rounded = (what: string, ms: number | undefined) =>
  ms === undefined ? {} : { [what]: Math.round(ms) };

function worst(cases: readonly Case[]): Worst {
  const found: Worst = {};
  for (const { what, ms } of cases) {
    const isLeast = what === 'leastBeforeDeadline';
    const before = found[what];
    if (before === undefined || (isLeast ? ms < before : ms > before)) found[what] = ms;
  }
  return found;
}

function casesIn(history: readonly HistoryEvent[], times: Times): Case[] {
  const claims = notedClaims(history);
  const lastActs = new Map<number, number>();
  const activeAt = new Map<number, number>();
  const goneAt = new Map<number, number>();
  const endedAt = new Map<number, number>();
  for (const { what, at, pid, token = 0 } of history) {
    if (what === 'end') endedAt.set(token, at);
    if (what === 'act') lastActs.set(token, at);
    if (what === 'active' && !activeAt.has(token)) activeAt.set(token, at);
    if (what === 'gone' && !goneAt.has(pid)) goneAt.set(pid, at);
  }
  const endingAt = history.find(({ what }) => what === 'ending')?.at ?? Infinity;
  const changes = history.filter(({ what }) => what === 'key-changed');
  const robberies = robberiesIn(history);
  const active = [...activeAt.values()].toSorted((a, b) => a - b);
  return claims.flatMap((claim) => [
    ...untilDeadline(claim, lastActs.get(claim.token)),
    ...ghostOf(claim, goneAt.get(claim.pid)),
    ...withoutHolder(lastActs.get(claim.token)),
  ]);

  /** Of a claim that was not given back, and whose process lived: only there the deadline ended the work. */
  function untilDeadline(claim: NotedClaim, lastActAt: number | undefined): Case[] {
    if (lastActAt === undefined) return [];
    const deadline = provenUntil(claim, lastActAt, times);
    const [release, gone] = [claim.releaseSentAt, goneAt.get(claim.pid) ?? Infinity];
    if (release < deadline || gone < deadline || isRobbed(claim, deadline, robberies)) return [];
    const ended = endedAt.get(claim.token);
    // While it was being stopped it may have been renewed.
    const last = ended === undefined ? deadline : provenUntil(claim, ended, times);
    const still = ended === undefined ? 0 : stillMs(history, claim.pid, last, ended);
    return [
      { what: 'leastBeforeDeadline', at: lastActAt, ms: deadline - lastActAt },
      // Before the deadline is as good as at it.
      ...(ended === undefined
        ? []
        : [
            {
              what: 'longestAfterDeadline' as const,
              at: lastActAt,
              ms: Math.max(0, ended - last - still),
            },
          ]),
    ];
  }

  function ghostOf({ token, releaseSentAt }: NotedClaim, diedAt = Infinity): Case[] {
    const before = changes.findLast(({ at }) => at <= diedAt);
    if (diedAt > endingAt || releaseSentAt <= diedAt || before?.token !== token) return [];
    const change = changes.find(({ at }) => at > diedAt);
    if (change === undefined) return [];
    const ms = change.at - diedAt - withoutRedisMs(history, diedAt, change.at);
    return [{ what: 'longestGhost', at: diedAt, ms }];
  }

  function withoutHolder(lastActAt = Infinity): Case[] {
    const next = active.find((at) => at > lastActAt);
    return next === undefined || lastActAt > endingAt
      ? []
      : [{ what: 'longestWithoutHolder', at: lastActAt, ms: next - lastActAt }];
  }
}
