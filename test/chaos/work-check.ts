/**
 * No two claims work at the same time: once the work of a claim has begun, no earlier claim acts.
 *
 * Excused is a claim that somebody outside the promise robbed (a key deleted or expired by hand, a living holder declared dead, two
 * servers that both took writes), until it has been renewed after that: it learns of it at its next heartbeat. What it writes meanwhile is the
 * fenced resource's matter, which excuses nothing.
 */
import { isOfDeposed, isRobbed, notedClaims, robberiesIn, type NotedClaim } from './claims';
import { timed, type HistoryEvent } from './history';

interface Work {
  readonly token: number;
  readonly pid: number;
  readonly beganAt: number;
  lastActAt: number;
}

export function checkWork(history: readonly HistoryEvent[]): string[] {
  const works = worksOf(history);
  const robberies = robberiesIn(history);
  const claims = new Map(notedClaims(history).map((claim) => [claim.token, claim]));
  const isExcused = (earlier?: NotedClaim, later?: NotedClaim, at = 0) =>
    (earlier !== undefined && isRobbed(earlier, at, robberies)) ||
    (later !== undefined && isOfDeposed(later, at, history));
  const findings: string[] = [];
  for (const [index, later] of works.entries()) {
    for (const earlier of works.slice(0, index)) {
      const overlapMs = earlier.lastActAt - later.beganAt;
      if (overlapMs > 0 && !isExcused(claims.get(earlier.token), claims.get(later.token), later.beganAt))
        findings.push(
          timed(
            `exclusion: process ${earlier.pid} acted under ${earlier.token} ${overlapMs.toFixed(1)} ms after process ${later.pid} ` +
              `had begun under ${later.token}`,
            later.beganAt,
          ),
        );
    }
  }
  return findings;
}

/** In the order of their tokens. */
function worksOf(history: readonly HistoryEvent[]): Work[] {
  const works = new Map<number, Work>();
  for (const { what, token, pid, at } of history) {
    if (token === undefined || (what !== 'begin' && what !== 'act')) continue;
    const work = works.get(token) ?? { token, pid, beganAt: at, lastActAt: at };
    work.lastActAt = Math.max(work.lastActAt, at);
    works.set(token, work);
  }
  return [...works.values()].toSorted((a, b) => a.token - b.token);
}
