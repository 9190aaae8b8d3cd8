/** How a claim stands towards what the memory store holds. Same rules as redis/scripts/_prelude.lua. */
import type { ClaimRef, Lost } from '../lease-store';
import type { MemoryExchange } from './memory-exchange';

export type Standing =
  /** The status key is this claim's. */
  | { readonly kind: 'mine' }
  /** The status key is gone or unreadable, and nobody has claimed since. */
  | { readonly kind: 'vacant' }
  | { readonly kind: 'lost'; readonly cause: Lost['cause'] };

export function standingOf(exchange: MemoryExchange, claim: ClaimRef): Standing {
  const { owner, fence } = exchange;
  if (owner !== null && owner.claimId !== claim.claimId) return { kind: 'lost', cause: 'claimed-by-other' };
  if (fence === null) return { kind: owner === null ? 'vacant' : 'mine' };
  const carriesIt = fenceCarries(exchange, claim);
  const isAhead = fence.fencingToken > claim.fencingToken;
  if (isAhead || (fence.fencingToken === claim.fencingToken && !carriesIt)) {
    return { kind: 'lost', cause: fence.ended === 'revoked' ? 'revoked' : 'claimed-by-other' };
  }
  if (carriesIt && fence.ended === 'released') return { kind: 'lost', cause: 'released' };
  if (owner !== null) return { kind: 'mine' };
  return carriesIt ? { kind: 'vacant' } : { kind: 'lost', cause: 'expired' };
}

/** Whether the fence remembers exactly this claim. */
export function fenceCarries(exchange: MemoryExchange, claim: ClaimRef): boolean {
  const { fence } = exchange;
  return fence?.fencingToken === claim.fencingToken && fence.claimId === claim.claimId;
}

/** The outcome of an operation whose claim is gone. */
export function lost(exchange: MemoryExchange, claim: ClaimRef, cause: Lost['cause']): Lost {
  const isOwn = exchange.owner?.claimId === claim.claimId;
  return {
    outcome: 'lost',
    cause,
    holder: isOwn ? null : exchange.holder,
    loggedSeq: exchange.loggedSeq(claim.instanceId),
  };
}
