/** What can go wrong with owning an exchange. One class per failure. */
import { ExchangeError } from '../errors';
import type { ExchangeIdentity } from './exchange-identity';
import type { ExchangeStatus } from './exchange-status';
import type { HolderView, LostCause } from './lease-store';

export interface StoreUnavailableOptions extends ErrorOptions {
  /** What has become of what was asked, and what to do; without it, neither is known. */
  readonly upshot?: string;
}

/** Thrown when the store did not answer, or gave an answer that cannot be used: what was asked may or may not have happened. */
export class StoreUnavailableError extends ExchangeError {
  readonly code = 'STORE_UNAVAILABLE';

  constructor(
    readonly operation: string,
    readonly reason: string,
    { upshot = UNKNOWN_UPSHOT, ...options }: StoreUnavailableOptions = {},
  ) {
    super(`Redis gave no usable answer to ${operation}: ${reason}. ${upshot}`, options);
  }

  override get details() {
    return { operation: this.operation, reason: this.reason };
  }
}

const UNKNOWN_UPSHOT = 'It is not known whether it was carried out. Check that Redis is up and reachable.';

/** A late copy of a claim that was given back since must not bring it back to life. */
export function claimGivenBackBefore(): StoreUnavailableError {
  return new StoreUnavailableError('claim', 'this claim was made and given back before', {
    upshot: 'Nothing was claimed. Claim anew.',
  });
}

/** Thrown when a claim is refused because another instance holds the exchange. */
export class ExchangeTakenError extends ExchangeError {
  readonly code = 'EXCHANGE_TAKEN';

  constructor(
    readonly exchange: ExchangeIdentity,
    readonly holder: HolderView,
  ) {
    super(`${situation(exchange, holder)} Stop that instance, wait for it, or start this one as a standby.`);
  }

  /** The message without its advice, for an instance that waits already. */
  get situation(): string {
    return situation(this.exchange, this.holder);
  }

  override get details() {
    return { exchange: this.exchange.name, holder: holderDetails(this.holder) };
  }
}

function situation({ name, id }: ExchangeIdentity, holder: HolderView): string {
  return `Exchange ${name} (id ${id}) is held by ${describeHolder(holder)}.`;
}

/** One line that tells a person whom to look for. */
export function describeHolder(holder: HolderView): string {
  const { expiresInMs } = holder;
  const end = expiresInMs === 0 ? 'never expires' : `expires in ${seconds(expiresInMs)} unless renewed`;
  return `${nameHolder(holder)}; its claim ${end}`;
}

/** The same of a holder whose claim may be over. */
export function nameHolder({ reading }: HolderView): string {
  if (reading.kind === 'garbage') return `something that is not an instance (${reading.problem})`;
  const it = reading.kind === 'status' ? reading.status : reading.holder;
  return (
    `instance ${it.instanceId} on host ${it.hostname ?? 'unknown'} (IP ${it.ipAddress ?? 'unknown'}, ` +
    `pid ${it.pid ?? 'unknown'}), state ${it.connectionState ?? 'unknown'}, registered ${it.registeredAt ?? 'unknown'}, ` +
    `connected ${it.connectedAt ?? 'not yet'}${nameAdmin(it)}`
  );
}

function nameAdmin({ adminDisplayName, adminEmail }: Partial<ExchangeStatus>): string {
  const names = [adminDisplayName, adminEmail].filter((name) => typeof name === 'string' && name !== '');
  return names.length === 0 ? '' : `, administered by ${names.join(', ')}`;
}

/** The same for a machine. */
export function holderDetails({ reading, expiresInMs }: HolderView): Readonly<Record<string, unknown>> {
  if (reading.kind === 'garbage') return { problem: reading.problem, expiresInMs: expiresInMs || null };
  const it = reading.kind === 'status' ? reading.status : reading.holder;
  return {
    instanceId: it.instanceId,
    hostname: it.hostname ?? null,
    ipAddress: it.ipAddress ?? null,
    pid: it.pid ?? null,
    adminEmail: it.adminEmail ?? null,
    adminDisplayName: it.adminDisplayName ?? null,
    connectionState: it.connectionState ?? null,
    registeredAt: it.registeredAt ?? null,
    connectedAt: it.connectedAt ?? null,
    lastHeartbeat: it.lastHeartbeat ?? null,
    fencingToken: it.fencingToken ?? null,
    expiresInMs: expiresInMs || null,
  };
}

/** Thrown when the exchange is free but may not be claimed yet; `retryAfterMs` says when to try again. */
export class ClaimDeferredError extends ExchangeError {
  readonly code = 'CLAIM_DEFERRED';

  constructor(
    readonly exchange: ExchangeIdentity,
    readonly reason: 'empty-store' | 'revoked',
    readonly retryAfterMs: number,
  ) {
    super(
      reason === 'revoked'
        ? `Exchange ${exchange.name} was revoked; its former holder may work until its deadline. It can be claimed in ${seconds(retryAfterMs)}.`
        : `Redis was restarted or replaced and may have forgotten a living holder of exchange ${exchange.name}. ` +
            `It can be claimed in ${seconds(retryAfterMs)}. (emptyRedisGrace, EMPTY_REDIS_GRACE: off trusts a Redis known to be new.)`,
    );
  }

  override get details() {
    return { exchange: this.exchange.name, reason: this.reason, retryAfterMs: this.retryAfterMs };
  }
}

/** Thrown when the status key held no claim but something that would have blocked it; it now disappears by itself. */
export class StatusPoisonedError extends ExchangeError {
  readonly code = 'STATUS_POISONED';

  constructor(
    readonly exchange: ExchangeIdentity,
    readonly found: HolderView,
  ) {
    const { reading } = found;
    const what =
      reading.kind === 'garbage'
        ? `holds no claim but ${reading.problem}`
        : `had no expiry, which no instance leaves behind; it names ${nameHolder(found)}`;
    super(
      `The status key of exchange ${exchange.name} (exchange:${exchange.id}:status) ${what}. It has an expiry now and is free in ` +
        `${seconds(found.expiresInMs)}; to free it at once, revoke it with holderIsDead, if surely no instance works on the ` +
        `exchange. Find out who wrote it.`,
    );
  }

  override get details() {
    return {
      exchange: this.exchange.name,
      retryAfterMs: this.found.expiresInMs,
      found: holderDetails(this.found),
    };
  }
}

/** Thrown when too few replicas confirmed a claim in time; the claim was given back. */
export class ReplicasMissingError extends ExchangeError {
  readonly code = 'REPLICAS_MISSING';

  constructor(
    readonly exchange: ExchangeIdentity,
    readonly wanted: number,
    readonly confirmed: number,
  ) {
    super(
      `Only ${confirmed} of ${wanted} replicas confirmed the claim on exchange ${exchange.name}; it was given back. ` +
        `Check the replicas of Redis, or lower waitReplicas (WAIT_REPLICAS).`,
    );
  }

  override get details() {
    return { exchange: this.exchange.name, wanted: this.wanted, confirmed: this.confirmed };
  }
}

/** Thrown when a claim, or the waiting for one, was called off before it succeeded. */
export class ClaimAbortedError extends ExchangeError {
  readonly code = 'CLAIM_ABORTED';

  constructor(readonly exchange: ExchangeIdentity) {
    super(`Claiming exchange ${exchange.name} was called off.`);
  }

  override get details() {
    return { exchange: this.exchange.name };
  }
}

/** Thrown by `register` while this instance holds, or is just claiming, an exchange. */
export class AlreadyRegisteredError extends ExchangeError {
  readonly code = 'ALREADY_REGISTERED';

  constructor(readonly exchange: ExchangeIdentity) {
    super(`This instance is already registered for exchange ${exchange.name}; deregister first.`);
  }

  override get details() {
    return { exchange: this.exchange.name };
  }
}

/** Thrown when something needs a claim and this instance has none. */
export class NotRegisteredError extends ExchangeError {
  readonly code = 'NOT_REGISTERED';

  constructor() {
    super('This instance holds no exchange.');
  }
}

/** Why a lease ended without being given back. */
export type LossReason =
  | { readonly kind: 'taken'; readonly cause: LostCause; readonly holder: HolderView | null }
  /** Not renewed in time: it may or may not still be ours, so it counts as lost. */
  | { readonly kind: 'unproven'; readonly unrenewedMs: number }
  /** Renewed no more on purpose, because its end could not be brought about in order. */
  | { readonly kind: 'abandoned' };

/** Thrown when a claim that is needed now is surely lost or can no longer be proven. */
export class LeaseLostError extends ExchangeError {
  readonly code = 'LEASE_LOST';

  constructor(
    readonly exchange: ExchangeIdentity,
    readonly reason: LossReason,
  ) {
    super(`The claim on exchange ${exchange.name} is lost: ${describeLoss(reason)}.`);
  }

  override get details() {
    return { exchange: this.exchange.name, reason: this.reason.kind };
  }
}

export function describeLoss(reason: LossReason): string {
  if (reason.kind === 'unproven') {
    return `it could not be renewed for ${seconds(reason.unrenewedMs)}, so it can no longer be relied on`;
  }
  if (reason.kind === 'abandoned') return 'its work did not end in order; it is left to expire';
  if (reason.cause === 'released') return 'it was given back';
  const holder =
    reason.holder === null ? 'nobody holds it now' : `now held by ${describeHolder(reason.holder)}`;
  return `${reason.cause}; ${holder}`;
}

/** Thrown when a fenced write was rejected: a newer holder exists, or the claim was given back. */
export class FencedOutError extends ExchangeError {
  readonly code = 'FENCED_OUT';

  constructor(
    readonly exchange: ExchangeIdentity,
    readonly ownToken: number,
    readonly presentToken: number | null,
  ) {
    super(
      `A write to the data of exchange ${exchange.name} under fencing token ${ownToken} was rejected; ` +
        `the present token is ${presentToken ?? 'none'}.`,
    );
  }

  override get details() {
    return { exchange: this.exchange.name, ownToken: this.ownToken, presentToken: this.presentToken };
  }
}

/** Reported when the work did not end within its limits although it was aborted. The claim is then not given back. */
export class WorkStillRunningError extends ExchangeError {
  readonly code = 'WORK_STILL_RUNNING';

  constructor(
    readonly exchange: ExchangeIdentity,
    readonly waitedMs: number,
  ) {
    super(
      `The work on exchange ${exchange.name} still runs ${seconds(waitedMs)} after it was told to end. ` +
        `The claim is kept until it has ended; end the process to free the exchange.`,
    );
  }

  override get details() {
    return { exchange: this.exchange.name, waitedMs: this.waitedMs };
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
