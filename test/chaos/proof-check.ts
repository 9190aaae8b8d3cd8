/**
 * Nobody acts without a proof, and nobody is granted what somebody else can still prove.
 *
 * Works the deadlines out again from when each claim and renewal was sent, and asks neither the product nor the clock of the
 * checker: an act is judged by the time it was checked at, so a slow machine changes nothing.
 */
import { isOfDeposed, isRobbed, notedClaims, robberiesIn, type NotedClaim } from './claims';
import { timed, type HistoryEvent } from './history';

export interface ProofTimes {
  readonly leaseTtlMs: number;
  readonly safetyMarginMs: number;
  readonly slowestClock?: number;
  readonly fastestClock?: number;
}

export function checkProofs(history: readonly HistoryEvent[], times: ProofTimes): string[] {
  const claims = notedClaims(history);
  return [
    ...checkActs(history, claims, times),
    ...checkGrants(history, claims, times),
    ...checkTokens(claims),
  ];
}

/** Until when the claim is proven at the latest, by what was known at `t`. */
export function provenUntil(claim: NotedClaim, t: number, times: ProofTimes): number {
  const { leaseTtlMs, safetyMarginMs, slowestClock = 1 } = times;
  return provenSince(claim, t) + (leaseTtlMs - safetyMarginMs) / slowestClock;
}

/** And at the earliest: on a clock that runs fast, and none the longer for having been set forward. */
export function surelyProvenUntil(
  claim: NotedClaim,
  t: number,
  history: readonly HistoryEvent[],
  times: ProofTimes,
): number {
  const { leaseTtlMs, safetyMarginMs, fastestClock = 1 } = times;
  const since = provenSince(claim, t);
  const setAt = history
    .filter(({ what, pid, at, ms = 0 }) => what === 'clock-set' && pid === claim.pid && ms > 0 && at >= since)
    .map(({ at }) => at);
  return Math.min(since + (leaseTtlMs - safetyMarginMs) / fastestClock, ...setAt);
}

/** When what proves the claim at `t` was sent. */
function provenSince({ proofs }: NotedClaim, t: number): number {
  const known = proofs.filter(({ at }) => at <= t).map(({ sentAt }) => sentAt);
  return Math.max(-Infinity, ...known);
}

function checkActs(
  history: readonly HistoryEvent[],
  claims: readonly NotedClaim[],
  times: ProofTimes,
): string[] {
  const byToken = new Map(claims.map((claim) => [claim.token, claim]));
  return history
    .filter(({ what }) => what === 'act')
    .flatMap(({ at, pid, token = 0, claimId }) => {
      const claim = byToken.get(token);
      const who = `process ${pid} acted under ${token}`;
      if (claim === undefined) return [timed(`proof: ${who}, which was never granted`, at)];
      if (pid !== claim.pid || (claimId !== undefined && claimId !== claim.claimId))
        return [timed(`proof: ${who}, which was granted to process ${claim.pid} as ${claim.claimId}`, at)];
      const backForMs = at - claim.releaseSentAt;
      if (backForMs > 0)
        return [timed(`release order: ${who} ${backForMs.toFixed(1)} ms after giving it back`, at)];
      if (at > claim.replacedAt) return [timed(`proof: ${who} after asking for its next claim`, at)];
      const tooLateMs = at - provenUntil(claim, at, times);
      return tooLateMs >= 0 ? [timed(`proof: ${who} ${tooLateMs.toFixed(1)} ms after its deadline`, at)] : [];
    });
}

function checkGrants(
  history: readonly HistoryEvent[],
  claims: readonly NotedClaim[],
  times: ProofTimes,
): string[] {
  const robberies = robberiesIn(history);
  const goneAt = new Map<number, number>();
  for (const { what, pid, at } of history) if (what === 'gone' && !goneAt.has(pid)) goneAt.set(pid, at);
  return claims.flatMap((later, at) =>
    claims.slice(0, at).flatMap((earlier) => {
      const t = later.grantedAt;
      // An instance has one tenure at a time: the work under its earlier claim has ended.
      const endedAt = Math.min(
        earlier.releaseSentAt,
        earlier.replacedAt,
        goneAt.get(earlier.pid) ?? Infinity,
      );
      if (endedAt <= t || isRobbed(earlier, t, robberies)) return [];
      if (isOfDeposed(later, t, history)) return [];
      const moreMs = provenUntil(earlier, t, times) - t;
      if (moreMs <= 0) return [];
      return [
        timed(
          `exclusion: ${later.token} was granted to process ${later.pid} while process ${earlier.pid} could prove ` +
            `${earlier.token} for ${moreMs.toFixed(1)} ms more`,
          t,
        ),
      ];
    }),
  );
}

/** A claim that was asked for after another had been granted has a greater token. */
function checkTokens(claims: readonly NotedClaim[]): string[] {
  return claims.flatMap((greater, at) =>
    claims
      .slice(0, at)
      .filter((smaller) => smaller.sentAt > greater.grantedAt || smaller.token === greater.token)
      .map((smaller) =>
        timed(`token growth: ${smaller.token} was granted after ${greater.token}`, smaller.grantedAt),
      ),
  );
}
