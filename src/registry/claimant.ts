/**
 * Takes an exchange, or finds out surely that it cannot be had.
 *
 * Decides what to do about a claim without an answer: it is sent again under the same `claimId`, which is the same
 * claim to the store, until there is an answer or patience ends; then it is abandoned, and given back in case it was
 * taken after all. What is never done: to report a failure and leave a claim behind that is renewed.
 */
import { randomUUID } from 'node:crypto';
import type { Clock, ClockReading } from '../clock';
import { delay, elapsedMs } from '../clock';
import { failpoint } from '../failpoints';
import type { Predecessor } from './activity';
import { ActivityType } from './activity';
import type { ExchangeIdentity } from './exchange-identity';
import type { Instance } from './instance';
import type { Journal } from './journal';
import type { ClaimOutcome, ClaimRef, LeaseStore } from './lease-store';
import type { ProcessTable } from './process-identity';
import { isProvenDead } from './process-identity';
import {
  ClaimAbortedError,
  ClaimDeferredError,
  ExchangeTakenError,
  ReplicasMissingError,
  StatusPoisonedError,
  StoreUnavailableError,
} from './registry.errors';
import type { RegistrySettings } from './registry.options';
import type { StatusDocument } from './status-document';

/** How often an unanswered claim is sent before it is abandoned. */
const ATTEMPTS = 3;

export interface ClaimReason {
  readonly actor: string;
  readonly cause: string;
}

export interface Claimed {
  readonly ref: ClaimRef;
  /** When the claim was first sent: its deadline counts from there. */
  readonly sentAt: ClockReading;
  readonly predecessor: Predecessor | null;
}

type Granted = Extract<ClaimOutcome, { outcome: 'claimed' }>;

export class Claimant {
  constructor(
    private readonly store: Pick<LeaseStore, 'claim' | 'release'>,
    private readonly journal: Journal,
    private readonly clock: Clock,
    private readonly settings: RegistrySettings,
    private readonly instance: Instance,
    private readonly processes: ProcessTable,
  ) {}

  /**
   * Claims with one round trip (two when the holder is a dead process of this machine, or an
   * earlier claim of our own). Rejects with
   * `ExchangeTakenError`, `ClaimDeferredError`, `StatusPoisonedError`, `ReplicasMissingError`, `StoreUnavailableError`, or
   * `ClaimAbortedError` when `signal` is aborted meanwhile; the exchange is then not held, or is given back.
   */
  async claim(
    exchange: ExchangeIdentity,
    describe: (claimId: string) => StatusDocument,
    reason: ClaimReason,
    signal: AbortSignal,
  ): Promise<Claimed & { document: StatusDocument }> {
    const claimId = randomUUID();
    const document = describe(claimId);
    const staged = this.journal.stage(exchange, { ...reason, type: ActivityType.Claimed, claimId });
    const sentAt = this.clock.read();
    try {
      const granted = await this.#ask(exchange, claimId, document, () => staged.events(), signal);
      const ref = this.#ref(exchange, claimId, granted.fencingToken);
      this.journal.acknowledge(exchange.id, granted.loggedSeq);
      staged.keep();
      if (signal.aborted || elapsedMs(sentAt, this.clock.read()) >= this.#usableMs()) {
        await this.#giveBack(ref);
        throw new ClaimAbortedError(exchange);
      }
      return { ref, sentAt, predecessor: granted.predecessor, document };
    } catch (error) {
      staged.withdraw();
      throw error;
    }
  }

  /** Sends the claim until it is surely granted or surely refused. */
  async #ask(
    exchange: ExchangeIdentity,
    claimId: string,
    document: StatusDocument,
    events: () => ReturnType<Journal['pending']>,
    signal: AbortSignal,
  ): Promise<Granted> {
    let replaceDeadClaimId: string | null = null;
    for (let attempt = 1; ; attempt += 1) {
      if (signal.aborted) throw new ClaimAbortedError(exchange);
      await failpoint('claim.before-send');
      const outcome = await this.store.claim({
        exchangeId: exchange.id,
        instanceId: this.instance.instanceId,
        claimId,
        status: document.next(),
        ttlMs: this.settings.leaseTtlMs,
        events: events(),
        replaceDeadClaimId,
        emptyStoreGrace: this.settings.emptyStoreGrace,
        waitReplicas: this.settings.waitReplicas,
        waitTimeoutMs: Math.floor(this.settings.commandTimeoutMs / 2),
      });
      await failpoint('claim.after-reply');
      switch (outcome.outcome) {
        case 'claimed':
          return this.#confirmed(exchange, outcome);
        case 'refused': {
          const dead: string | null = replaceDeadClaimId === null ? this.#deadClaimId(outcome) : null;
          if (dead === null) throw new ExchangeTakenError(exchange, outcome);
          replaceDeadClaimId = dead;
          break;
        }
        case 'deferred':
          throw new ClaimDeferredError(exchange, outcome.reason, outcome.retryAfterMs);
        case 'poisoned':
          throw new StatusPoisonedError(exchange, outcome);
        case 'unknown':
          if (attempt >= ATTEMPTS || signal.aborted) {
            await this.#giveBack(this.#ref(exchange, claimId, 0));
            throw asUnavailable(outcome.error);
          }
          await delay(this.clock, this.settings.commandTimeoutMs / 4, signal).catch(() => undefined);
      }
    }
  }

  /** A claim that too few replicas have is given back before anything is done under it. */
  async #confirmed(exchange: ExchangeIdentity, granted: Granted): Promise<Granted> {
    const { waitReplicas } = this.settings;
    if (granted.replicas >= waitReplicas) return granted;
    await this.#giveBack(this.#ref(exchange, granted.claimId, granted.fencingToken));
    throw new ReplicasMissingError(exchange, waitReplicas, granted.replicas);
  }

  #deadClaimId(refused: Extract<ClaimOutcome, { outcome: 'refused' }>): string | null {
    const { reading } = refused;
    const here = { hostname: this.instance.hostname, processes: this.processes };
    if (reading.kind !== 'status') return null;
    // One tenure at a time: the work under an earlier claim of our own has ended. Its key is still there when Redis came
    // back within the safety margin, or carried out a renewal late.
    const isFormerOwn = reading.status.instanceId === this.instance.instanceId;
    return isFormerOwn || isProvenDead(reading, here) ? reading.status.claimId : null;
  }

  /** Best effort: a claim that stays behind is renewed by nobody and expires. */
  async #giveBack(ref: ClaimRef): Promise<void> {
    const outcome = await this.store.release({ ...ref, events: [] });
    if (outcome.outcome !== 'unknown') this.journal.acknowledge(ref.exchangeId, outcome.loggedSeq);
  }

  #ref(exchange: ExchangeIdentity, claimId: string, fencingToken: number): ClaimRef {
    return { exchangeId: exchange.id, instanceId: this.instance.instanceId, claimId, fencingToken };
  }

  #usableMs(): number {
    return this.settings.leaseTtlMs - this.settings.safetyMarginMs;
  }
}

function asUnavailable(error: Error): StoreUnavailableError {
  return error instanceof StoreUnavailableError
    ? error
    : new StoreUnavailableError('claim', error.message, { cause: error });
}
