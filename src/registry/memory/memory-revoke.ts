/** An operator's forced release, on memory. Same rules as redis/scripts/revoke.lua. */
import type { Predecessor } from '../activity';
import type { RevokeOutcome, RevokeRequest } from '../lease-store';
import { LONGEST_WAIT_MS, nextToken, restOfYouthMs } from './memory-claim';
import type { MemoryExchange } from './memory-exchange';
import type { MemoryStore } from './memory-store';

export function revokeInMemory(world: MemoryStore, request: RevokeRequest): RevokeOutcome {
  const exchange = world.exchange(request.exchangeId);
  const { holder, owner, fence } = exchange;
  if (holder === null) return { outcome: 'not-held' };
  // What an operator sees of garbage is the last token, whatever became of its claim: only a new claim makes it stale.
  const shownToken = (owner ?? fence)?.fencingToken ?? null;
  const isSeen = request.fencingToken === null || request.fencingToken === shownToken;
  if (!isSeen || wasRevoked(exchange, request)) {
    return { outcome: 'token-mismatch', fencingToken: shownToken, holder };
  }

  // Where garbage lies, a holder may have been overwritten that was renewed a moment ago.
  const ttlMs = (owner?.claimId ?? null) === null ? null : exchange.ttlMs;
  const waitMs = request.holderIsDead ? 0 : Math.min(ttlMs ?? request.ttlMs, LONGEST_WAIT_MS);
  const claimableInMs = Math.max(waitMs, graceMs(world, exchange, request));
  const instanceId = owner?.instanceId ?? fence?.instanceId ?? '-';
  const predecessor: Predecessor = {
    instanceId,
    claimId: owner === null ? (fence?.claimId ?? '-') : (owner.claimId ?? '-'),
    fencingToken: heldToken(exchange) ?? 0,
    ended: 'revoked',
  };
  exchange.status = null;
  exchange.fence = {
    fencingToken: nextToken(world, fence?.fencingToken ?? 0, owner?.fencingToken ?? 0),
    claimId: '-',
    ended: 'revoked',
    untilMs: claimableInMs > 0 ? world.nowMs + claimableInMs : 0,
    runId: fence?.runId ?? world.runId,
    instanceId: /^\S{1,128}$/.test(instanceId) ? instanceId : '-',
  };
  const stamp = { fencingToken: exchange.fence.fencingToken, predecessor };
  const loggedSeq = exchange.append(request.instanceId, request.events, stamp);
  return { outcome: 'revoked', holder, claimableInMs, loggedSeq };
}

/** What was revoked may not be what a store that lost its memory has forgotten: its grace, one TTL, is not cut short. */
function graceMs(world: MemoryStore, exchange: MemoryExchange, request: RevokeRequest): number {
  const { fence } = exchange;
  if (!request.emptyStoreGrace) return 0;
  if (fence === null) return restOfYouthMs(world, exchange, request.ttlMs);
  return fence.ended === 'revoked' ? 0 : Math.min(fence.untilMs - world.nowMs, request.ttlMs);
}

/** The token of whoever holds: its own word, or the fence's where the status cannot be read. */
function heldToken({ owner, fence }: MemoryExchange): number | null {
  if (owner !== null) return owner.fencingToken;
  return fence?.ended === 'held' ? fence.fencingToken : null;
}

/** The same request was carried out before: it must not hit the next holder. */
function wasRevoked(exchange: MemoryExchange, request: RevokeRequest): boolean {
  const last = request.events.at(-1);
  return last !== undefined && last.seq <= exchange.loggedSeq(request.instanceId);
}
