/**
 * The lease store in one process: the same contract as the Redis adapter, without a server.
 *
 * Decides what the Redis scripts decide, on a `MemoryStore` that several instances may share. Excludes nobody
 * outside this process: for tests, not for production.
 */
import type {
  AppendOutcome,
  AppendRequest,
  ClaimOutcome,
  ClaimRequest,
  LeaseStore,
  ReadOutcome,
  ReleaseOutcome,
  ReleaseRequest,
  RenewOutcome,
  RenewRequest,
  RevokeOutcome,
  RevokeRequest,
  Unknown,
  WriteOutcome,
  WriteRequest,
} from '../lease-store';
import { StoreUnavailableError } from '../registry.errors';
import { statusText } from '../status-text';
import { claimInMemory, keptWaitUntil } from './memory-claim';
import type { MemoryExchange } from './memory-exchange';
import { revokeInMemory } from './memory-revoke';
import { lost, standingOf } from './memory-standing';
import type { MemoryStore } from './memory-store';

/**
 * The way from one instance to the store: `up`; `down` - requests do not arrive; `reply-lost` - they are carried
 * out, and the answer is `unknown`.
 */
export type MemoryLink = 'up' | 'down' | 'reply-lost';

export class MemoryLeaseStore implements LeaseStore {
  /** This instance's link to the store; `world.down` cuts everybody's. */
  link: MemoryLink = 'up';

  constructor(private readonly world: MemoryStore) {}

  claim(request: ClaimRequest): Promise<ClaimOutcome> {
    return this.answer('claim', () => claimInMemory(this.world, request));
  }

  renew(requests: readonly RenewRequest[]): Promise<RenewOutcome[]> {
    return Promise.all(requests.map((request) => this.answer('renew', () => this.renewOne(request))));
  }

  write(request: WriteRequest): Promise<WriteOutcome> {
    return this.answer('write', () => {
      const exchange = this.world.exchange(request.exchangeId);
      const standing = standingOf(exchange, request);
      if (standing.kind === 'lost') return lost(exchange, request, standing.cause);
      if (standing.kind === 'vacant') {
        return { outcome: 'missing', loggedSeq: exchange.loggedSeq(request.instanceId) };
      }
      const ttlMs = exchange.ttlMs ?? request.ttlMs;
      if (isLate(exchange, request)) exchange.setTtl(ttlMs);
      else exchange.setText(statusText(request.status), ttlMs);
      const loggedSeq = exchange.append(request.instanceId, request.events);
      return { outcome: 'written', storeTimeMs: this.world.nowMs, loggedSeq };
    });
  }

  release(request: ReleaseRequest): Promise<ReleaseOutcome> {
    return this.answer('release', () => {
      const exchange = this.world.exchange(request.exchangeId);
      const isOwner = exchange.owner?.claimId === request.claimId;
      const { fence } = exchange;
      // By its claim alone: a claim that is abandoned unanswered has not learned its token.
      const isRemembered = fence?.claimId === request.claimId;
      if (isOwner) exchange.status = null;
      if (isRemembered) {
        // Claims that are made to wait go on waiting.
        exchange.fence = { ...fence, instanceId: request.instanceId, ended: 'released' };
      } else if (isOwner && (fence?.fencingToken ?? 0) < request.fencingToken) {
        const { fencingToken, claimId, instanceId } = request;
        const runId = fence?.runId ?? this.world.runId;
        exchange.fence = { fencingToken, claimId, instanceId, ended: 'released', untilMs: 0, runId };
      }
      if (isOwner || isRemembered) {
        return { outcome: 'released', loggedSeq: exchange.append(request.instanceId, request.events) };
      }
      const loggedSeq = exchange.loggedSeq(request.instanceId);
      return { outcome: 'not-held', holder: exchange.holder, loggedSeq };
    });
  }

  append(request: AppendRequest): Promise<AppendOutcome> {
    return this.answer('append', () => {
      const exchange = this.world.exchange(request.exchangeId);
      return { outcome: 'appended', loggedSeq: exchange.append(request.instanceId, request.events) };
    });
  }

  revoke(request: RevokeRequest): Promise<RevokeOutcome> {
    return this.answer('revoke', () => revokeInMemory(this.world, request));
  }

  read(exchangeIds: readonly number[]): Promise<ReadOutcome[]> {
    return Promise.all(
      exchangeIds.map((id) =>
        this.answer<ReadOutcome>('read', () => {
          const { holder, fence } = this.world.exchange(id);
          const fencingToken = fence?.fencingToken ?? null;
          return { outcome: 'read', holder, fencingToken, storeTimeMs: this.world.nowMs };
        }),
      ),
    );
  }

  private renewOne(request: RenewRequest): RenewOutcome {
    const exchange = this.world.exchange(request.exchangeId);
    const standing = standingOf(exchange, request);
    if (standing.kind === 'lost') return lost(exchange, request, standing.cause);
    // Without a fence nothing tells a holder from a ghost but the time.
    const isUnfenced = standing.kind === 'vacant' && exchange.fence === null;
    if (isUnfenced && this.world.nowMs > request.expiresAtMs) return lost(exchange, request, 'expired');
    if (isLate(exchange, request)) exchange.setTtl(request.ttlMs);
    else exchange.setText(statusText(request.status), request.ttlMs);
    const { fencingToken, claimId, instanceId } = request;
    const untilMs = keptWaitUntil(this.world, exchange, request.ttlMs);
    exchange.fence = { fencingToken, claimId, instanceId, ended: 'held', untilMs, runId: this.world.runId };
    return {
      outcome: 'renewed',
      storeTimeMs: this.world.nowMs,
      healed: standing.kind === 'vacant',
      loggedSeq: exchange.loggedSeq(request.instanceId),
    };
  }

  private async answer<T>(operation: string, act: () => T): Promise<T | Unknown> {
    const error = new StoreUnavailableError(operation, 'the memory store is switched off');
    const unknown: Unknown = { outcome: 'unknown', error };
    if (this.world.down || this.link === 'down') return unknown;
    const outcome = act();
    return this.link === 'reply-lost' ? unknown : outcome;
  }
}

/** A later write under the same claim has already arrived: this one was delivered late. */
function isLate(exchange: MemoryExchange, { claimId, status }: RenewRequest | WriteRequest): boolean {
  const { owner } = exchange;
  return owner?.claimId === claimId && owner.revision !== null && owner.revision > status.revision;
}
