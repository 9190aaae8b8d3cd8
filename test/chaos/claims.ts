/** What the notes of a history say of each claim: when it was asked for, granted, proven, given back. Judges nothing. */
import type { HistoryEvent } from './history';

export interface Proof {
  readonly sentAt: number;
  /** When the answer was there. */
  readonly at: number;
}

export interface NotedClaim {
  readonly claimId: string;
  readonly instanceId: string;
  readonly token: number;
  readonly pid: number;
  /** Of the first sending: the product counts from there. */
  readonly sentAt: number;
  readonly grantedAt: number;
  /** The grant, and every renewal that succeeded, in order. */
  readonly proofs: readonly Proof[];
  /** `Infinity`: never, as far as is known. */
  readonly releaseSentAt: number;
  /** When its instance asked for the next claim that it was granted: its work has ended by then, given back or not. */
  readonly replacedAt: number;
}

/** In the order of their tokens. */
export function notedClaims(history: readonly HistoryEvent[]): NotedClaim[] {
  const sent = new Map<string, number>();
  const released = new Map<string, number>();
  const proofs = new Map<string, Proof[]>();
  const granted = new Map<string, HistoryEvent>();
  for (const event of history) {
    const { what, claimId, at, sentAt = at } = event;
    if (claimId === undefined) continue;
    if (what === 'claim-sent' && !sent.has(claimId)) sent.set(claimId, at);
    if (what === 'release-sent' && !released.has(claimId)) released.set(claimId, at);
    if (what === 'granted' && !granted.has(claimId)) {
      granted.set(claimId, event);
      proofs.set(claimId, [{ sentAt: sent.get(claimId) ?? sentAt, at }]);
    }
    if (what === 'renewed') proofs.get(claimId)?.push({ sentAt, at });
  }
  const claims = [...granted].map(([claimId, { instanceId = '', token = 0, pid, at }]) => ({
    claimId,
    instanceId,
    token,
    pid,
    sentAt: sent.get(claimId) ?? at,
    grantedAt: at,
    proofs: proofs.get(claimId) ?? [],
    releaseSentAt: released.get(claimId) ?? Infinity,
  }));
  const replacedAt = ({ instanceId, sentAt }: (typeof claims)[number]) =>
    Math.min(
      Infinity,
      ...claims
        .filter((later) => later.instanceId === instanceId && later.sentAt > sentAt)
        .map((later) => later.sentAt),
    );
  return claims
    .map((claim) => ({ ...claim, replacedAt: replacedAt(claim) }))
    .toSorted((a, b) => a.token - b.token);
}

/**
 * Whether the claim may be gone at `t` without having ended: somebody outside the promise took it away, and it has not been
 * renewed since.
 */
export function isRobbed(claim: NotedClaim, t: number, robberies: readonly HistoryEvent[]): boolean {
  return robberies.some(({ at, until = at }) => {
    if (at > t || until < claim.sentAt) return false;
    return !claim.proofs.some((proof) => proof.sentAt > until && proof.at <= t);
  });
}

/** What frees an exchange without its holder's knowledge, or lets two hold it: an outsider, and two servers that both take writes. */
export function robberiesIn(history: readonly HistoryEvent[]): HistoryEvent[] {
  return history.filter(({ what }) => what === 'robbed' || what === 'split');
}

/** Whether the claim may have been granted by a server that had been deposed, and not been renewed since: it counts for nothing. */
export function isOfDeposed(claim: NotedClaim, t: number, history: readonly HistoryEvent[]): boolean {
  return isRobbed(
    claim,
    t,
    history.filter(({ what }) => what === 'split'),
  );
}
