/**
 * No foreign release or renewal changes anything: while a claim is renewed in time, its key does not vanish.
 *
 * Excused is what somebody else than an instance did to the key or to Redis since the last renewal, and a renewal that comes so
 * late that the key may have expired.
 */
import { notedClaims } from './claims';
import { timed, type HistoryEvent } from './history';

export function checkKeys(
  history: readonly HistoryEvent[],
  { leaseTtlMs }: { readonly leaseTtlMs: number },
): string[] {
  const meddlings = history.filter(({ what }) => what === 'meddled' || what === 'robbed' || what === 'split');
  const healings = history.filter(({ what, healed }) => what === 'renewed' && healed === true);
  const claims = new Map(notedClaims(history).map((claim) => [claim.claimId, claim]));
  return healings.flatMap(({ claimId = '', at, sentAt = at, token, pid }) => {
    const before = claims.get(claimId)?.proofs.findLast((proof) => proof.sentAt < sentAt);
    if (before === undefined || at - before.sentAt >= leaseTtlMs) return [];
    const isExcused = meddlings.some((meddling) => {
      const { at: from, until = from } = meddling;
      return from <= at && until >= before.sentAt;
    });
    if (isExcused) return [];
    return [
      timed(
        `foreign write: the key of ${token}, held by process ${pid}, had vanished ${(at - before.at).toFixed(1)} ms ` +
          `after it was renewed`,
        at,
      ),
    ];
  });
}
