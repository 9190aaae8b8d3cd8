/**
 * No two claims work at the same time: once the work of a claim has begun, no earlier claim acts.
 *
 * Excused is a claim that somebody outside the promise robbed (a key deleted or expired by hand, a living holder declared dead, two
 * servers that both took writes): it learns of that at its next heartbeat. What it writes meanwhile is the fenced resource's matter, which excuses nothing.
 */
import { notedClaims, robberiesIn } from './claims';
import { timed, type HistoryEvent } from './history';

interface Claim {
  readonly token: number;
  readonly pid: number;
  readonly beganAt: number;
  lastActAt: number;
}

export function checkWork(history: readonly HistoryEvent[]): string[] {
  const claims = claimsOf(history);
  const robberies = robberiesIn(history);
  // It can be robbed from when it is granted on, before its work begins.
  const askedAt = new Map(notedClaims(history).map(({ token, sentAt }) => [token, sentAt]));
  const findings: string[] = [];
  for (const [index, later] of claims.entries()) {
    for (const earlier of claims.slice(0, index)) {
      const overlapMs = earlier.lastActAt - later.beganAt;
      const isRobbed = robberies.some(
        ({ at, until = at }) =>
          (askedAt.get(earlier.token) ?? earlier.beganAt) <= until && at <= later.beganAt,
      );
      if (overlapMs > 0 && !isRobbed)
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
function claimsOf(history: readonly HistoryEvent[]): Claim[] {
  const claims = new Map<number, Claim>();
  for (const { what, token, pid, at } of history) {
    if (token === undefined || (what !== 'begin' && what !== 'act')) continue;
    const claim = claims.get(token) ?? { token, pid, beganAt: at, lastActAt: at };
    claim.lastActAt = Math.max(claim.lastActAt, at);
    claims.set(token, claim);
  }
  return [...claims.values()].toSorted((a, b) => a.token - b.token);
}
