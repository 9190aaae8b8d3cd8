/** The claim, on memory. Same rules, in the same order, as redis/scripts/claim.lua. */
import type { Predecessor } from '../activity';
import type { ClaimOutcome, ClaimRequest } from '../lease-store';
import { claimGivenBackBefore } from '../registry.errors';
import { isToken, splitStatusText, type StatusOwner } from '../status-text';
import type { Fence, MemoryExchange } from './memory-exchange';
import type { MemoryStore } from './memory-store';

/** No honest holder has a longer TTL. */
export const LONGEST_WAIT_MS = 86_400_000;

export function claimInMemory(world: MemoryStore, request: ClaimRequest): ClaimOutcome {
  const exchange = world.exchange(request.exchangeId);
  const owner = exchange.owner;
  if (owner?.claimId === request.claimId) return sameClaim(world, exchange, request, owner);
  const { replaceDeadClaimId } = request;
  const replacesDead = owner !== null && replaceDeadClaimId !== null && owner.claimId === replaceDeadClaimId;
  if (exchange.status !== null && !replacesDead) return refuse(exchange, request, owner);
  const fence = exchange.fence;
  if (fence?.claimId === request.claimId && fence.ended === 'released')
    return { outcome: 'unknown', error: claimGivenBackBefore() };
  return defer(world, exchange, request) ?? grant(world, exchange, request, replacesDead ? owner : null);
}

/** The request was carried out before; its reply was lost. */
function sameClaim(
  world: MemoryStore,
  exchange: MemoryExchange,
  request: ClaimRequest,
  owner: StatusOwner,
): ClaimOutcome {
  const token = owner.fencingToken ?? exchange.fence?.fencingToken ?? 0;
  if (exchange.ttlMs === null) exchange.setTtl(request.ttlMs);
  if ((exchange.fence?.fencingToken ?? 0) <= token) {
    const untilMs = keptWaitUntil(world, exchange, request.ttlMs);
    exchange.fence = { ...heldFence(world, request, token), untilMs };
  }
  return claimed(world, exchange, request, token, null);
}

function refuse(exchange: MemoryExchange, request: ClaimRequest, owner: StatusOwner | null): ClaimOutcome {
  const poisoned = exchange.ttlMs === null || exchange.status?.kind === 'other';
  const tooLong = owner === null && exchange.ttlMs !== null && exchange.ttlMs > request.ttlMs;
  if (exchange.ttlMs === null || tooLong) exchange.setTtl(request.ttlMs);
  const holder = exchange.holder;
  if (holder === null) throw new Error('a refused claim has a holder');
  return { outcome: poisoned ? 'poisoned' : 'refused', ...holder };
}

/** Free, but a living holder may have been forgotten or just been robbed. */
function defer(world: MemoryStore, exchange: MemoryExchange, request: ClaimRequest): ClaimOutcome | null {
  const fence = exchange.fence;
  const waitMs = fence === null ? 0 : boundedWaitMs(world, exchange, fence, request.ttlMs);
  if (fence?.ended === 'revoked' && waitMs > 0) {
    return { outcome: 'deferred', reason: 'revoked', retryAfterMs: waitMs };
  }
  if (!request.emptyStoreGrace) return null;
  if (fence === null) {
    const youthMs = restOfYouthMs(world, exchange, request.ttlMs);
    return youthMs > 0 ? { outcome: 'deferred', reason: 'empty-store', retryAfterMs: youthMs } : null;
  }
  if (fence.runId !== world.runId) {
    const untilMs = world.nowMs + request.ttlMs;
    const hasEnded = fence.ended === 'released' || fence.ended === 'revoked';
    exchange.fence = { ...fence, ended: hasEnded ? fence.ended : 'waiting', untilMs, runId: world.runId };
    return { outcome: 'deferred', reason: 'empty-store', retryAfterMs: request.ttlMs };
  }
  return waitMs > 0 ? { outcome: 'deferred', reason: 'empty-store', retryAfterMs: waitMs } : null;
}

/** How long claims wait where there is no fence. */
export function restOfYouthMs(world: MemoryStore, exchange: MemoryExchange, ttlMs: number): number {
  return world.uptimeMs < 0 ? restOfWaitMs(world, exchange, ttlMs) : ttlMs - world.uptimeMs;
}

/** `untilMs` for a claim that is found again: that it is there does not say that no later one was forgotten. */
export function keptWaitUntil(world: MemoryStore, exchange: MemoryExchange, ttlMs: number): number {
  const { fence } = exchange;
  if (fence?.runId === world.runId) return fence.untilMs;
  if (fence !== null) return world.nowMs + ttlMs;
  const youthMs = restOfYouthMs(world, exchange, ttlMs);
  return youthMs > 0 ? world.nowMs + youthMs : 0;
}

/** Nobody knows how old the store is: one TTL from when that was first asked. */
function restOfWaitMs({ nowMs, runId }: MemoryStore, exchange: MemoryExchange, ttlMs: number): number {
  const { waiting } = exchange;
  const restMs = waiting?.runId === runId ? waiting.untilMs - nowMs : Infinity;
  if (restMs <= ttlMs) return restMs;
  exchange.waiting = { untilMs: nowMs + ttlMs, runId };
  return ttlMs;
}

/** How long the fence has claims wait; what nothing honest has written is cut down to one TTL, for good. */
function boundedWaitMs(world: MemoryStore, exchange: MemoryExchange, fence: Fence, ttlMs: number): number {
  const waitMs = fence.untilMs - world.nowMs;
  // A token is the time when it was made: one ahead of the clock says that the clock was set back.
  const isHonestRevocation = fence.ended === 'revoked' && fence.fencingToken < (world.nowMs + 1) * 1000;
  if (waitMs <= (isHonestRevocation ? LONGEST_WAIT_MS : ttlMs)) return waitMs;
  exchange.fence = { ...fence, untilMs: world.nowMs + ttlMs };
  return ttlMs;
}

function grant(
  world: MemoryStore,
  exchange: MemoryExchange,
  request: ClaimRequest,
  dead: StatusOwner | null,
): ClaimOutcome {
  const predecessor =
    dead === null ? predecessorOf(exchange.fence) : deadPredecessor(dead, exchange.fence, request.instanceId);
  const token = nextToken(world, exchange.fence?.fencingToken ?? 0, dead?.fencingToken ?? 0);
  const { head, tail } = splitStatusText(request.status);
  exchange.setText(`${head}${token}${tail}`, request.ttlMs);
  exchange.fence = heldFence(world, request, token);
  return claimed(world, exchange, request, token, predecessor);
}

function heldFence(world: MemoryStore, { claimId, instanceId }: ClaimRequest, fencingToken: number): Fence {
  return { fencingToken, claimId, instanceId, ended: 'held', untilMs: 0, runId: world.runId };
}

function claimed(
  world: MemoryStore,
  exchange: MemoryExchange,
  request: ClaimRequest,
  fencingToken: number,
  predecessor: Predecessor | null,
): ClaimOutcome {
  const stamp = { fencingToken, predecessor };
  return {
    outcome: 'claimed',
    claimId: request.claimId,
    fencingToken,
    predecessor,
    storeTimeMs: world.nowMs,
    replicas: 0,
    loggedSeq: exchange.append(request.instanceId, request.events, stamp),
  };
}

/** Greater than every token before, and than any handed out before the store lost its memory. */
export function nextToken(world: MemoryStore, ...known: readonly number[]): number {
  const next = Math.max(...known) + 1;
  const fromClock = world.nowMs * 1000;
  return isToken(next) ? Math.max(next, fromClock) : fromClock;
}

function predecessorOf(fence: Fence | null): Predecessor | null {
  if (fence === null) return null;
  const { instanceId, claimId, fencingToken } = fence;
  const ended = fence.ended === 'released' || fence.ended === 'revoked' ? fence.ended : 'expired';
  return { instanceId, claimId, fencingToken, ended };
}

/** An earlier claim of the claimant itself was let go, nobody died. */
function deadPredecessor(dead: StatusOwner, fence: Fence | null, instanceId: string): Predecessor {
  return {
    instanceId: dead.instanceId,
    claimId: dead.claimId ?? '-',
    fencingToken: dead.fencingToken ?? fence?.fencingToken ?? 0,
    ended: dead.instanceId === instanceId ? 'expired' : 'dead',
  };
}
