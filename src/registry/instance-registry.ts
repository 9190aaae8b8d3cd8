/**
 * What the application calls: register for an exchange, publish what it does, deregister.
 *
 * Decides that this instance holds at most one exchange at a time, and joins the parts of a tenure: claim, lease,
 * published status, state machine. How a tenure ends is tenure.ts.
 */
import { Logger } from '@nestjs/common';
import { linkedAbort, type LinkedAbort } from '../abort';
import { codeOf, publicMessageOf, type ErrorCode } from '../errors';
import type { Initiator } from '../state-machine/transition';
import { NO_RECORDER } from '../state-machine/transition-recorder';
import { ActivityType } from './activity';
import type { Claimant } from './claimant';
import type { ExchangeIdentity } from './exchange-identity';
import type { ExchangeStatus, StartupStatus } from './exchange-status';
import type { Instance } from './instance';
import { HeldLease, type Lease, type LeaseHealth } from './lease';
import { AlreadyRegisteredError, NotRegisteredError } from './registry.errors';
import { checkedExchange, InvalidSettingError, LONGEST_TEXT, type AdminInfo } from './registry.options';
import { StatusDocument, type Profile } from './status-document';
import { StatusPublisher } from './status-publisher';
import { Tenure, type EndReason } from './tenure';
import type { TenureServices } from './tenure.services';
import { workOf, type Work } from './work-end';

export interface RegisterOptions extends Partial<Initiator>, Partial<Work> {
  /** Calls the claim off while it is under way. */
  readonly signal?: AbortSignal;
}

/** The last failure of this instance, for health and status. */
export interface LastError {
  readonly code: ErrorCode;
  /** May name hosts and addresses. */
  readonly message: string;
  /** ISO 8601 UTC. */
  readonly at: string;
}

export type TenureListener = (lease: Lease) => void;

/** Without a claim no step towards work may be taken. */
const UNREGISTERED = Object.freeze({
  ...NO_RECORDER,
  admit: () => {
    throw new NotRegisteredError();
  },
});

function published(admin: AdminInfo): Pick<Profile, 'adminEmail' | 'adminDisplayName'> {
  const cut = (name: string | null) => name?.slice(0, LONGEST_TEXT) ?? null;
  return { adminEmail: cut(admin.email), adminDisplayName: cut(admin.displayName) };
}

const BY_APPLICATION: EndReason = { actor: 'system', cause: 'deregistered by the application' };

export class InstanceRegistry {
  readonly #logger = new Logger(InstanceRegistry.name);
  readonly #listeners = new Set<TenureListener>();
  #profile: Profile;
  #claiming: ExchangeIdentity | null = null;
  #claimUnderWay: Promise<unknown> = Promise.resolve();
  #callOff: LinkedAbort | null = null;
  #tenure: Tenure | null = null;
  #lastError: LastError | null = null;
  #lastHealth: 'none' | 'lost' = 'none';

  constructor(
    private readonly instance: Instance,
    private readonly claimant: Claimant,
    private readonly services: TenureServices,
  ) {
    this.#profile = { ipAddress: null, symbolCount: 0, ...published(services.settings.admin) };
    services.machine.useRecorder(UNREGISTERED);
  }

  /** Unique to this process start. */
  get instanceId(): string {
    return this.instance.instanceId;
  }

  /** The claim this instance holds, `null` while it holds none. */
  get lease(): Lease | null {
    return this.#tenure?.lease ?? null;
  }

  /** True from the moment something ends the tenure until it has ended. */
  get isEnding(): boolean {
    return this.#tenure?.isEnding ?? false;
  }

  /** `lost` stays until the next registration. */
  get leaseHealth(): LeaseHealth {
    if (this.#tenure === null) return this.#lastHealth;
    return this.#tenure.lease.isRetired ? 'none' : this.#tenure.lease.health;
  }

  /**
   * Resolves, with the error, when the work of the present tenure has not ended although it must: the claim is then kept, and
   * `deregister` may take for ever. Never resolves otherwise.
   */
  whenStuck(): Promise<unknown> {
    const stuck = this.#tenure?.stuck;
    return new Promise((resolve) => {
      if (stuck?.aborted) resolve(stuck.reason);
      stuck?.addEventListener('abort', () => resolve(stuck.reason), { once: true });
    });
  }

  get lastError(): LastError | null {
    return this.#lastError;
  }

  /** The status as this instance publishes it; `null` while it holds no exchange. */
  getStatus(): ExchangeStatus | null {
    if (this.#tenure === null) return null;
    return { ...this.#tenure.document.current(), fencingToken: this.#tenure.lease.fencingToken };
  }

  /**
   * Claims the exchange, publishes the status and keeps the claim by heartbeat until `deregister`, or until it is lost. The
   * state stays `idle`; moving it is the caller's. `stopWork` is called when the work has to end, for whatever reason.
   * Rejects with `ExchangeTakenError` (naming the holder), `ClaimDeferredError`, `StatusPoisonedError`,
   * `ReplicasMissingError`, `StoreUnavailableError`, `ClaimAbortedError`, `AlreadyRegisteredError`; nothing is then held.
   */
  async register(exchange: ExchangeIdentity, options: RegisterOptions = {}): Promise<Lease> {
    const busy = this.#tenure?.lease.exchange ?? this.#claiming;
    if (busy !== null) throw new AlreadyRegisteredError(busy);
    this.#claiming = checkedExchange(exchange);
    const claim = this.#claim(this.#claiming, options).finally(() => {
      this.#claiming = null;
    });
    this.#claimUnderWay = claim.catch(() => undefined);
    return claim;
  }

  /**
   * Stops the work, in order and within its limits, and gives the exchange back. Resolves when that is done; harmless
   * when nothing is held. A claim under way is called off. Does not resolve while work still runs that ought to have ended.
   */
  async deregister(reason: EndReason = BY_APPLICATION): Promise<void> {
    this.#callOff?.abort();
    await this.#claimUnderWay;
    if (this.#tenure === null) return;
    if (reason.error !== undefined && reason.error !== null) this.recordError(reason.error);
    await this.#tenure.end(reason);
  }

  /** Publishes progress of starting and warming. Collected, and sent a few times a second at most. */
  updateStatus(patch: { readonly startup?: StartupStatus | null }): void {
    const { startup } = patch;
    this.#tenure?.publisher.patch(startup ? { startup: readable(startup) } : patch);
  }

  /** Records a failure: in the status (if an exchange is held), in the activity log, in the process log. Never throws. */
  recordError(error: unknown, exchange: ExchangeIdentity | null = this.lease?.exchange ?? null): void {
    const message = publicMessageOf(error);
    const at = this.#now();
    this.#lastError = { code: codeOf(error), message, at };
    const where = {
      exchange: exchange?.name,
      instance: this.instanceId,
      state: this.services.machine.currentState,
    };
    this.#logger.error({ msg: message, ...where, err: error });
    this.#tenure?.publisher.patch({ lastError: message, lastErrorAt: at });
    if (exchange === null) return;
    const claim = { claimId: this.lease?.claimId ?? null, fencingToken: this.lease?.fencingToken ?? null };
    this.services.journal.record(exchange, {
      ...claim,
      type: ActivityType.Error,
      actor: 'system',
      cause: message,
    });
  }

  /** Whom to ask about this instance; at most 320 characters of each are published. */
  setAdminInfo(admin: AdminInfo): void {
    this.#changeProfile(published(admin));
  }

  /** How many symbols are worked on. Throws `InvalidSettingError` unless it is a whole number from 0 upwards. */
  setSymbolCount(symbolCount: number): void {
    if (!Number.isSafeInteger(symbolCount) || symbolCount < 0) {
      throw new InvalidSettingError('symbolCount', `${symbolCount} is not a whole number from 0 upwards`);
    }
    this.#changeProfile({ symbolCount });
  }

  /** The public address, once it is known. */
  setIpAddress(ipAddress: string | null): void {
    this.#changeProfile({ ipAddress });
  }

  /** Calls `listener` for every tenure that begins; its end is the lease's `ended`. Returns the way to stop it. */
  onTenure(listener: TenureListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #claim(exchange: ExchangeIdentity, options: RegisterOptions): Promise<Lease> {
    const { actor = 'system', cause = 'register' } = options;
    const described = this.#profile;
    const describe = (claimId: string) =>
      new StatusDocument(exchange, this.instance, described, claimId, this.#now());
    const off = linkedAbort(options.signal);
    this.#callOff = off;
    const claimed = await this.claimant
      .claim(exchange, describe, { actor, cause }, off.signal)
      .finally(() => off.unlink());
    const { ref, sentAt, document } = claimed;
    const { clock, settings, watchdog } = this.services;
    const lease: HeldLease = new HeldLease(
      exchange,
      ref,
      clock,
      settings,
      sentAt,
      () => (this.#tenure?.lease === lease ? this.deregister() : lease.ended),
      (remainingMs) => watchdog?.prove(remainingMs),
    );
    this.#tenure = this.#begin(lease, claimed.storeTimeMs, document, options);
    // What was learned while the claim was on its way: the public address, say.
    if (this.#profile !== described) this.#tenure.publisher.patch(this.#profile);
    this.#logger.log({
      msg: 'exchange claimed',
      exchange: exchange.name,
      instance: this.instanceId,
      fencingToken: lease.fencingToken,
      predecessor: claimed.predecessor,
    });
    for (const listener of this.#listeners) this.#tell(listener, lease);
    return lease;
  }

  /** A listener that fails must not leave a claim behind that its owner was never given. */
  #tell(listener: TenureListener, lease: Lease): void {
    try {
      listener(lease);
    } catch (error) {
      this.#logger.error({ msg: 'a listener for tenures failed', exchange: lease.exchange.name, err: error });
    }
  }

  #begin(lease: HeldLease, storeTimeMs: number, document: StatusDocument, options: RegisterOptions): Tenure {
    const { store, journal, keeper, clock, machine, settings } = this.services;
    const publisher = new StatusPublisher(lease, document, store, journal, keeper, clock, settings);
    machine.useRecorder(publisher);
    keeper.keep(
      lease,
      storeTimeMs,
      () => publisher.describeHeartbeat(),
      (seq) => journal.acknowledge(lease.exchange.id, seq),
    );
    const rememberLoss = () => {
      const { reason } = lease.expiring;
      this.#lastError = { code: codeOf(reason), message: publicMessageOf(reason), at: this.#now() };
    };
    lease.expiring.addEventListener('abort', rememberLoss, { once: true });
    return new Tenure({ lease, document, publisher }, this.services, workOf(options), (hasWorkEnded) => {
      if (!hasWorkEnded) this.claimant.leaveToExpire(lease.claimId);
      this.#lastHealth = lease.lost.aborted ? 'lost' : 'none';
      this.#tenure = null;
      machine.useRecorder(UNREGISTERED);
    });
  }

  #changeProfile(patch: Partial<Profile>): void {
    this.#profile = { ...this.#profile, ...patch };
    this.#tenure?.publisher.patch(patch);
  }

  #now(): string {
    return new Date(this.services.clock.read().wallMs).toISOString();
  }
}

/** Progress of nothing is 0 / 0, which JSON cannot express: nobody could read the status any more. */
function readable({ phase, percent, current, total, item }: StartupStatus): StartupStatus {
  const finite = (value: number) => (Number.isFinite(value) ? value : 0);
  return {
    phase: phase.slice(0, LONGEST_TEXT),
    percent: finite(percent),
    current: finite(current),
    total: finite(total),
    item: item?.slice(0, LONGEST_TEXT) ?? null,
  };
}
