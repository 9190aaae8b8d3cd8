/**
 * One tenure: from the claim of an exchange until it is given back or lost.
 *
 * Decides the order in which it ends, whatever the cause: state `stopping` -> the work has ended -> `stopped` -> the
 * claim is given back -> `idle`. The claim is never given back while work may still run: work that does not end
 * although it was aborted keeps it, and is reported, until it has ended or the process has.
 */
import { Logger } from '@nestjs/common';
import type { Clock } from '../clock';
import { delay } from '../clock';
import { messageOf } from '../errors';
import { failpoint } from '../failpoints';
import type { StateMachine } from '../state-machine/state-machine';
import { ActivityType } from './activity';
import type { Journal } from './journal';
import type { HeldLease } from './lease';
import type { LeaseKeeper } from './lease-keeper';
import type { LeaseStore } from './lease-store';
import { describeLoss, LeaseLostError, WorkStillRunningError } from './registry.errors';
import type { RegistrySettings } from './registry.options';
import type { Watchdog } from './watchdog';
import type { StatusDocument } from './status-document';
import type { StatusPublisher } from './status-publisher';

/** Why a tenure ends, and who wished it. */
export interface EndReason {
  readonly actor: string;
  readonly cause: string;
  /** The failure that ends it; recorded in the status, the activity log and the state machine. */
  readonly error?: unknown;
}

/** What the work is told when it must end. */
export interface StopOrder {
  /** Aborted when there is no time left to finish open work: the stop limit has passed, or the claim is lost. */
  readonly signal: AbortSignal;
  readonly cause: string;
}

export interface Work {
  /** Ends the work; resolves when nothing of it runs any more. Called once per tenure. */
  stopWork(order: StopOrder): Promise<void>;
  /** Called when the work did not end although it was aborted. The process can no longer keep its promise. */
  onStuck?(error: WorkStillRunningError): void;
}

/** What a tenure works with; shared by all tenures of an instance. */
export interface TenureServices {
  readonly machine: StateMachine;
  readonly keeper: LeaseKeeper;
  readonly store: LeaseStore;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly settings: RegistrySettings;
  /** Ends the process when it no longer acts on the deadline of its claim; `null` when that is turned off. */
  readonly watchdog: Watchdog | null;
}

export class Tenure {
  readonly #logger = new Logger(Tenure.name);
  #ending: Promise<void> | null = null;

  readonly lease: HeldLease;
  readonly document: StatusDocument;
  readonly publisher: StatusPublisher;

  constructor(
    claim: { lease: HeldLease; document: StatusDocument; publisher: StatusPublisher },
    private readonly services: TenureServices,
    private readonly work: Work | null,
    private readonly onEnd: () => void,
  ) {
    ({ lease: this.lease, document: this.document, publisher: this.publisher } = claim);
    const { lease } = this;
    lease.expiring.addEventListener('abort', () => this.#endBecauseOf(lease.expiring.reason), { once: true });
    lease.signal.addEventListener('abort', () => this.#reportLoss(), { once: true });
  }

  get isEnding(): boolean {
    return this.#ending !== null;
  }

  /** Ends the tenure; the same promise for everybody who asks. Resolves when the claim is given back or lost. */
  end(reason: EndReason): Promise<void> {
    this.publisher.refuseStepsTowardsWork();
    this.#ending ??= this.#end(reason)
      .catch((error: unknown) => this.#giveUp(error))
      .finally(this.onEnd);
    return this.#ending;
  }

  #endBecauseOf(error: unknown): void {
    void this.end({ actor: 'system', cause: messageOf(error), error });
  }

  /** A fault of ours: whatever is left of the claim is renewed no more, aborted at once, and expires. */
  #giveUp(error: unknown): void {
    this.#logger.fatal({ msg: 'a tenure did not end in order', ...this.#where(), err: error });
    this.services.keeper.forget(this.lease);
    this.lease.lose({ kind: 'unproven', unrenewedMs: 0 });
  }

  #reportLoss(): void {
    const { reason } = this.lease.signal;
    const cause = reason instanceof LeaseLostError ? describeLoss(reason.reason) : messageOf(reason);
    this.#logger.error({ msg: `claim lost: ${cause}`, ...this.#where() });
    this.services.journal.record(this.lease.exchange, {
      ...this.#claim(),
      type: ActivityType.Lost,
      actor: 'system',
      cause,
    });
  }

  async #end(reason: EndReason): Promise<void> {
    const error = reason.error === undefined || reason.error === null ? null : messageOf(reason.error);
    const move = { actor: reason.actor, cause: reason.cause, error };
    // Recovery from a failed start keeps its state until the work has ended and then goes straight to idle; a claim
    // that cannot be proven any more is stopped.
    const recovers = error !== null && this.services.machine.canRecover && !this.lease.expiring.aborted;
    if (!recovers && this.services.machine.canStop) await this.services.machine.transition('stopping', move);
    await failpoint('stop.before-work');
    await this.#stopWork(reason.cause);
    await failpoint('stop.after-work');
    if (this.services.machine.currentState === 'stopping')
      await this.services.machine.transition('stopped', move);
    this.services.keeper.forget(this.lease);
    this.publisher.leaveEventsToCarrier();
    if (this.lease.health === 'lost') return this.#restAfterLoss(move);
    this.services.journal.add(this.lease.exchange, {
      ...this.#claim(),
      type: ActivityType.Released,
      actor: move.actor,
      cause: move.cause,
    });
    if (this.services.machine.currentState !== 'idle') await this.services.machine.transition('idle', move);
    await this.#giveBack();
  }

  async #restAfterLoss(move: EndReason & { error: string | null }): Promise<void> {
    if (this.services.machine.currentState !== 'idle') await this.services.machine.transition('idle', move);
    void this.services.journal.flush(this.lease.exchange.id);
  }

  /** Resolves when the work has ended, however long that takes. */
  async #stopWork(cause: string): Promise<void> {
    if (this.work === null) return;
    const now = new AbortController();
    const ended = new AbortController();
    const onLost = () => now.abort(this.lease.signal.reason);
    if (this.lease.signal.aborted) onLost();
    this.lease.signal.addEventListener('abort', onLost, { once: true });
    void this.#limit(now, ended.signal);
    try {
      await this.work.stopWork({ signal: now.signal, cause });
    } catch (error) {
      this.#logger.error({ msg: 'stopping the work failed', ...this.#where(), err: error });
    } finally {
      ended.abort();
      this.lease.signal.removeEventListener('abort', onLost);
    }
  }

  /** Aborts the work when its time to stop is over, and reports it when even that does not end it. */
  async #limit(now: AbortController, ended: AbortSignal): Promise<void> {
    const { stopTimeoutMs, safetyMarginMs } = this.services.settings;
    const graceMs = Math.ceil(safetyMarginMs / 2);
    try {
      if (!now.signal.aborted)
        await delay(this.services.clock, stopTimeoutMs, AbortSignal.any([ended, now.signal])).catch(
          () => undefined,
        );
      if (ended.aborted) return;
      now.abort(new WorkStillRunningError(this.lease.exchange, stopTimeoutMs));
      await delay(this.services.clock, graceMs, ended);
    } catch {
      return;
    }
    const error = new WorkStillRunningError(this.lease.exchange, stopTimeoutMs + graceMs);
    this.#logger.fatal({ msg: error.message, ...this.#where() });
    this.services.journal.record(this.lease.exchange, {
      ...this.#claim(),
      type: ActivityType.Error,
      actor: 'system',
      cause: error.message,
    });
    this.work?.onStuck?.(error);
  }

  /** Tries until there is an answer or the claim would have expired anyhow. */
  async #giveBack(): Promise<void> {
    const { exchange, ref } = this.lease;
    for (let attempt = 1; attempt <= 3 && this.lease.remainingMs() > 0; attempt += 1) {
      await failpoint('release.before-send');
      const outcome = await this.services.store.release({
        ...ref,
        events: this.services.journal.pending(exchange.id),
      });
      await failpoint('release.after-reply');
      if (outcome.outcome !== 'unknown') {
        this.services.journal.acknowledge(exchange.id, outcome.loggedSeq);
        break;
      }
      this.#logger.warn({ msg: 'release not answered', ...this.#where(), attempt, err: outcome.error });
      await delay(this.services.clock, this.services.settings.commandTimeoutMs / 4);
    }
    this.lease.close();
    void this.services.journal.flush(exchange.id);
  }

  #claim() {
    return { claimId: this.lease.claimId, fencingToken: this.lease.fencingToken };
  }

  #where() {
    return {
      exchange: this.lease.exchange.name,
      instance: this.lease.ref.instanceId,
      state: this.services.machine.currentState,
    };
  }
}
