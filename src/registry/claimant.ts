/**
 * Takes an exchange, or finds out surely that it cannot be had.
 *
 * Decides what to do about a claim without an answer: it is sent again under the same `claimId`, which is the same
 * claim to the store, until there is an answer or patience ends; then it is abandoned, and given back in case it was
 * taken after all. What is never done: to report a failure and leave a claim behind that is renewed.
 */
import { randomUUID } from 'node:crypto';
import { delay, elapsedMs, type Clock, type ClockReading } from '../clock';
import { failpoint } from '../failpoints';
import type { Initiator } from '../state-machine/transition';
import { ActivityType, type Predecessor } from './activity';
import type { ExchangeIdentity } from './exchange-identity';
import type { Instance } from './instance';
import type { Journal, StagedEvent } from './journal';
import { provenMs } from './lease';
import type { ClaimOutcome, ClaimRef, LeaseStore } from './lease-store';
import { isProvenDead, type ProcessTable } from './process-identity';
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

export interface Claimed {
  readonly ref: ClaimRef;
  /** When the claim was first sent: its deadline counts from there. */
  readonly sentAt: ClockReading;
  readonly predecessor: Predecessor | null;
  /** When it was granted, Unix ms on the store's clock. */
  readonly storeTimeMs: number;
}

interface Attempt {
  readonly exchange: ExchangeIdentity;
  readonly claimId: string;
  readonly document: StatusDocument;
  readonly staged: StagedEvent;
  /** Something was sent whose answer is missing, or was yes. */
  mayBeTaken: boolean;
}

type Granted = Extract<ClaimOutcome, { outcome: 'claimed' }>;

export class Claimant {
  /** Claims of ours that were given up while their work may still have been running. */
  readonly #leftToExpire = new Set<string>();

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
    initiator: Initiator,
    signal: AbortSignal,
  ): Promise<Claimed & { document: StatusDocument }> {
    const claimId = randomUUID();
    const document = describe(claimId);
    const staged = this.journal.stage(exchange, { ...initiator, type: ActivityType.Claimed, claimId });
    const attempt: Attempt = { exchange, claimId, document, staged, mayBeTaken: false };
    const sentAt = this.clock.read();
    try {
      const granted = await this.#ask(attempt, signal);
      this.#assertUsable(exchange, granted, sentAt, signal);
      this.journal.acknowledge(exchange.id, granted.loggedSeq);
      staged.keep();
      const ref = this.#ref(exchange, claimId, granted.fencingToken);
      const { predecessor, storeTimeMs } = granted;
      return { ref, sentAt, predecessor, storeTimeMs, document };
    } catch (error) {
      if (attempt.mayBeTaken) await this.#giveBack(attempt);
      else staged.withdraw();
      throw error;
    }
  }

  /** This claim of ours is not replaced by a later one: nobody knows whether its work has ended. */
  leaveToExpire(claimId: string): void {
    this.#leftToExpire.add(claimId);
  }

  /** Sends the claim until it is surely granted or surely refused. */
  async #ask(attempt: Attempt, signal: AbortSignal): Promise<Granted> {
    const { exchange, claimId } = attempt;
    let replaceDeadClaimId: string | null = null;
    for (let round = 1; ; round += 1) {
      if (signal.aborted) throw new ClaimAbortedError(exchange);
      await failpoint('claim.before-send');
      const outcome = await this.store.claim({
        exchangeId: exchange.id,
        instanceId: this.instance.instanceId,
        claimId,
        status: attempt.document.next(),
        ttlMs: this.settings.leaseTtlMs,
        events: attempt.staged.events(),
        replaceDeadClaimId,
        emptyStoreGrace: this.settings.emptyStoreGrace,
        waitReplicas: this.settings.waitReplicas,
        waitTimeoutMs: Math.floor(this.settings.commandTimeoutMs / 2),
      });
      await failpoint('claim.after-reply');
      switch (outcome.outcome) {
        case 'claimed':
          attempt.mayBeTaken = true;
          return outcome;
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
          attempt.mayBeTaken = true;
          if (round >= ATTEMPTS) throw asUnavailable(outcome.error);
          await delay(this.clock, this.settings.commandTimeoutMs / 4, signal).catch(() => undefined);
      }
    }
  }

  /** Throws when the claim was granted and is of no use all the same. */
  #assertUsable(
    exchange: ExchangeIdentity,
    granted: Granted,
    sentAt: ClockReading,
    signal: AbortSignal,
  ): void {
    const { waitReplicas } = this.settings;
    if (signal.aborted) throw new ClaimAbortedError(exchange);
    if (granted.replicas < waitReplicas)
      throw new ReplicasMissingError(exchange, waitReplicas, granted.replicas);
    if (elapsedMs(sentAt, this.clock.read()) < provenMs(this.settings)) return;
    throw new StoreUnavailableError('claim', 'the answer came too late to be relied on', {
      upshot: 'The claim was given back.',
    });
  }

  #deadClaimId(refused: Extract<ClaimOutcome, { outcome: 'refused' }>): string | null {
    const { reading } = refused;
    const here = { hostname: this.instance.hostname, processes: this.processes };
    if (reading.kind !== 'status') return null;
    const { instanceId, claimId } = reading.status;
    // One tenure at a time: the work under an earlier claim of our own has ended, or we know of it. Its key is still there when
    // Redis came back within the safety margin, or carried out a renewal late.
    const isOver = instanceId === this.instance.instanceId && !this.#leftToExpire.has(claimId);
    return isOver || isProvenDead(reading, here) ? claimId : null;
  }

  /** Best effort: a claim that stays behind is renewed by nobody and expires. */
  async #giveBack({ exchange, claimId, staged }: Attempt): Promise<void> {
    const outcome = await this.store.release({ ...this.#ref(exchange, claimId, 0), events: [] });
    if (outcome.outcome !== 'released') return staged.withdraw();
    // It was taken after all, so `claimed` is in the log, and whoever waits there has to learn that it is over.
    this.journal.acknowledge(exchange.id, outcome.loggedSeq);
    staged.keep();
    const end = { type: ActivityType.Released, actor: 'system', cause: 'claim abandoned' } as const;
    this.journal.record(exchange, { ...end, claimId });
  }

  #ref(exchange: ExchangeIdentity, claimId: string, fencingToken: number): ClaimRef {
    return { exchangeId: exchange.id, instanceId: this.instance.instanceId, claimId, fencingToken };
  }
}

function asUnavailable(error: Error): StoreUnavailableError {
  return error instanceof StoreUnavailableError
    ? error
    : new StoreUnavailableError('claim', error.message, { cause: error });
}
