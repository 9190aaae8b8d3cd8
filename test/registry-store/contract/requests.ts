/** Requests with everything filled in; a test names what matters to it. */
import type { ActivityEvent, ActivityType } from '../../../src/registry/activity';
import type { Command } from '../../../src/registry/command-queue';
import type { ExchangeStatus } from '../../../src/registry/exchange-status';
import type {
  ClaimOutcome,
  ClaimRef,
  ClaimRequest,
  LeaseStore,
  ReleaseRequest,
  RenewOutcome,
  RenewRequest,
  RevokeRequest,
  WriteRequest,
} from '../../../src/registry/lease-store';

/** Long enough that nothing expires during a test. */
export const TTL_MS = 60_000;

export type Claimed = Extract<ClaimOutcome, { outcome: 'claimed' }>;

export const COMMAND: Command = {
  commandId: 'c-1',
  type: 'stop',
  claimId: 'a1',
  actor: 'operator',
  reason: null,
  sentBy: 'b',
  sentAt: '2026-01-01T00:00:00.000Z',
};

export function statusOf(claimId: string, over: Partial<ExchangeStatus> = {}): ExchangeStatus {
  const at = '2026-01-01T00:00:00.000Z';
  return {
    schemaVersion: 2,
    instanceId: instanceOf(claimId),
    claimId,
    exchangeId: 1,
    exchangeName: 'coinbase',
    hostname: 'trading-1',
    pid: 4242,
    ipAddress: null,
    appVersion: '1.0.0',
    adminEmail: null,
    adminDisplayName: null,
    connectionState: 'starting',
    isPaused: false,
    symbolCount: 0,
    registeredAt: at,
    connectedAt: null,
    lastHeartbeat: at,
    lastStateChange: at,
    lastError: null,
    lastErrorAt: null,
    revision: 1,
    process: null,
    startup: null,
    fencingToken: 1,
    ...over,
  };
}

/** Claim `a1` belongs to instance `a`. */
export function instanceOf(claimId: string): string {
  return claimId.slice(0, 1);
}

export function event(claimId: string, seq: number, type: ActivityType = 'transition'): ActivityEvent {
  return {
    type,
    at: '2026-01-01T00:00:00.000Z',
    exchangeId: 1,
    exchangeName: 'coinbase',
    instanceId: instanceOf(claimId),
    seq,
    claimId,
    fencingToken: null,
    actor: 'system',
    cause: 'test',
  };
}

export function claimRequest(claimId: string, over: Partial<ClaimRequest> = {}): ClaimRequest {
  return {
    exchangeId: 1,
    instanceId: instanceOf(claimId),
    claimId,
    status: statusOf(claimId),
    ttlMs: TTL_MS,
    events: [],
    replaceDeadClaimId: null,
    emptyStoreGrace: false,
    waitReplicas: 0,
    waitTimeoutMs: 0,
    ...over,
  };
}

/** Claims and expects to get it. */
export async function claimed(
  store: LeaseStore,
  claimId: string,
  over: Partial<ClaimRequest> = {},
): Promise<Claimed> {
  const outcome = await store.claim(claimRequest(claimId, over));
  if (outcome.outcome !== 'claimed') throw new Error(`claim ${claimId} was not granted: ${outcome.outcome}`);
  return outcome;
}

type Held = Pick<Claimed, 'claimId' | 'fencingToken'>;

export function refOf({ claimId, fencingToken }: Held): ClaimRef {
  return { exchangeId: 1, instanceId: instanceOf(claimId), claimId, fencingToken };
}

export function renewRequest(held: Held, over: Partial<RenewRequest> = {}): RenewRequest {
  const status = statusOf(held.claimId, { fencingToken: held.fencingToken, revision: 2 });
  return { ...refOf(held), status, ttlMs: TTL_MS, expiresAtMs: Number.MAX_SAFE_INTEGER, ...over };
}

export async function renew(
  store: LeaseStore,
  held: Held,
  over: Partial<RenewRequest> = {},
): Promise<RenewOutcome> {
  const [outcome] = await store.renew([renewRequest(held, over)]);
  if (outcome === undefined) throw new Error('one request has one outcome');
  return outcome;
}

export function writeRequest(held: Held, over: Partial<WriteRequest> = {}): WriteRequest {
  const status = statusOf(held.claimId, {
    fencingToken: held.fencingToken,
    revision: 3,
    connectionState: 'warming',
  });
  return { ...refOf(held), status, ttlMs: TTL_MS, events: [], ...over };
}

export function releaseRequest(held: Held, over: Partial<ReleaseRequest> = {}): ReleaseRequest {
  return { ...refOf(held), events: [], ...over };
}

export function revokeRequest(over: Partial<RevokeRequest> = {}): RevokeRequest {
  return {
    exchangeId: 1,
    instanceId: 'o',
    fencingToken: null,
    holderIsDead: false,
    ttlMs: TTL_MS,
    emptyStoreGrace: false,
    events: [],
    ...over,
  };
}
