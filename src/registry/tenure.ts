/**
 * One tenure: from the claim of an exchange until it is given back or lost.
 *
 * Decides the order in which it ends, whatever the cause: state `stopping` -> the work has ended -> `stopped` -> the
 * claim is given back -> `idle`. The claim is never given back while work may still run: work that does not end
 * although it was aborted keeps it, and is reported, until it has ended or the process has.
 */
import { Logger } from '@nestjs/common';
import { delay } from '../clock';
import { publicMessageOf } from '../errors';
import { failpoint } from '../failpoints';
import type { Initiator } from '../state-machine/transition';
import { ActivityType } from './activity';
import type { StagedEvent } from './journal';
import type { HeldLease } from './lease';
import type { ReleaseOutcome, Unknown } from './lease-store';
import { describeLoss, LeaseLostError } from './registry.errors';
import type { TenureServices } from './tenure.services';
import { WorkEnd, type Work } from './work-end';
import type { StatusDocument } from './status-document';
import type { StatusPublisher } from './status-publisher';

/** Why a tenure ends, and who asked for it. */
export interface EndReason extends Initiator {
  /** The failure that ends it; recorded in the status, the activity log and the state machine. */
  readonly error?: unknown;
}

const RELEASE_ATTEMPTS = 3;

export class Tenure {
  readonly #logger = new Logger(Tenure.name);
  readonly #workEnd: WorkEnd;
  #ending: Promise<void> | null = null;
  #hasWorkEnded = false;

  readonly lease: HeldLease;
  readonly document: StatusDocument;
  readonly publisher: StatusPublisher;

  constructor(
    claim: { lease: HeldLease; document: StatusDocument; publisher: StatusPublisher },
    private readonly services: TenureServices,
    private readonly work: Required<Work> | null,
    /** Told whether the work has surely ended. */
    private readonly onEnd: (hasWorkEnded: boolean) => void,
  ) {
    ({ lease: this.lease, document: this.document, publisher: this.publisher } = claim);
    this.#workEnd = new WorkEnd(this.lease, work, services);
    const { lease } = this;
    lease.expiring.addEventListener('abort', () => this.#endBecauseOf(lease.expiring.reason), { once: true });
    lease.lost.addEventListener('abort', () => this.#reportLoss(), { once: true });
  }

  /** Aborted when the work has not ended although it must; the claim is then kept until it has. */
  get stuck(): AbortSignal {
    return this.#workEnd.stuck;
  }

  get isEnding(): boolean {
    return this.#ending !== null;
  }

  /** Ends the tenure; the same promise for everybody who asks. Resolves when the claim is given back or lost. */
  end(reason: EndReason): Promise<void> {
    this.publisher.refuseStepsTowardsWork();
    if (this.#ending === null) {
      let settle!: (ended: Promise<void>) => void;
      // Known before the end begins: its first step looks at the clocks, and may find a limit passed that ends the tenure as well.
      this.#ending = new Promise((resolve) => (settle = resolve));
      settle(this.#endOnce(reason));
    }
    return this.#ending;
  }

  async #endOnce(reason: EndReason): Promise<void> {
    try {
      await this.#end(reason);
    } catch (error) {
      this.#giveUp(error);
    } finally {
      this.onEnd(this.#hasWorkEnded);
    }
  }

  #endBecauseOf(error: unknown): void {
    // Nobody can be asked whether work still runs: it is aborted, and the claim left to expire.
    if (this.work === null && error instanceof LeaseLostError) this.lease.lose(error.reason);
    void this.end({ actor: 'system', cause: publicMessageOf(error), error });
  }

  /** A fault of ours: whatever is left of the claim is renewed no more, aborted at once, and expires. */
  #giveUp(error: unknown): void {
    this.#logger.fatal({ msg: 'a tenure did not end in order', ...this.#where(), err: error });
    this.#abandon();
  }

  #abandon(): void {
    this.services.keeper.forget(this.lease);
    this.lease.lose({ kind: 'abandoned' });
  }

  #reportLoss(): void {
    const { reason } = this.lease.lost;
    const cause = reason instanceof LeaseLostError ? describeLoss(reason.reason) : publicMessageOf(reason);
    this.#logger.error({ msg: `claim lost: ${cause}`, ...this.#where() });
    this.services.journal.record(this.lease.exchange, {
      ...this.#claim(),
      type: ActivityType.Lost,
      actor: 'system',
      cause,
    });
  }

  async #end(reason: EndReason): Promise<void> {
    const error = reason.error === undefined || reason.error === null ? null : publicMessageOf(reason.error);
    const move = { actor: reason.actor, cause: reason.cause, error };
    // Recovery from a failed start keeps its state until the work has ended and then goes straight to idle; a claim
    // that cannot be proven any more is stopped.
    const recovers = error !== null && this.services.machine.canRecover && !this.lease.expiring.aborted;
    if (!recovers && this.services.machine.canStop) await this.services.machine.transition('stopping', move);
    await failpoint('stop.before-work');
    this.#hasWorkEnded = await this.#workEnd.stop(reason.cause);
    await failpoint('stop.after-work');
    // Not renewed and not given back: it expires, and its signal says so to whatever may still run.
    if (!this.#hasWorkEnded) this.#abandon();
    if (this.services.machine.currentState === 'stopping')
      await this.services.machine.transition('stopped', move);
    this.services.keeper.forget(this.lease);
    // What was written last may have found the claim gone: then there is nothing to give back.
    await this.publisher.settled();
    if (this.lease.health === 'lost') return this.#restAfterLoss(move);
    this.lease.retire();
    const { actor, cause } = move;
    const released = { ...this.#claim(), type: ActivityType.Released, actor, cause };
    // Staged: a standby that reads of it claims at once, so nothing may carry it to the log before the claim is gone.
    const staged = this.services.journal.stage(this.lease.exchange, released);
    try {
      if (this.services.machine.currentState !== 'idle') await this.services.machine.transition('idle', move);
      await this.#giveBack(staged);
    } catch (fault) {
      staged.withdraw();
      throw fault;
    }
  }

  async #restAfterLoss(move: EndReason & { error: string | null }): Promise<void> {
    if (this.services.machine.currentState !== 'idle') await this.services.machine.transition('idle', move);
    void this.services.journal.flush(this.lease.exchange.id);
  }

  /** Sends what is in the journal with it; `released` says that the claim was given back. */
  async #giveBack(released: StagedEvent): Promise<void> {
    const { exchange } = this.lease;
    const { journal, settings } = this.services;
    const outcome = await this.#release(released);
    const { fencingToken } = this.lease;
    if (outcome?.outcome === 'released') {
      this.#logger.log({ msg: 'exchange given back', ...this.#where(), fencingToken });
    } else {
      const isGone = outcome !== null;
      const cause = isGone
        ? 'the claim was gone before it was given back'
        : 'left to expire: the release of the claim was not answered';
      const left = isGone ? {} : { withinMs: settings.leaseTtlMs };
      journal.amend(exchange.id, released.seq, { type: ActivityType.Lost, actor: 'system', cause });
      this.#logger.warn({ msg: cause, ...this.#where(), fencingToken, ...left });
    }
    this.lease.close();
    released.keep();
  }

  /** Tries a few times; `null`: without an answer. */
  async #release(released: StagedEvent): Promise<Exclude<ReleaseOutcome, Unknown> | null> {
    const { exchange, ref } = this.lease;
    for (let attempt = 1; attempt <= RELEASE_ATTEMPTS; attempt += 1) {
      await failpoint('release.before-send');
      const outcome = await this.services.store.release({
        ...ref,
        events: released.allEvents(),
      });
      await failpoint('release.after-reply');
      if (outcome.outcome !== 'unknown') {
        this.services.journal.acknowledge(exchange.id, outcome.loggedSeq);
        return outcome;
      }
      this.#logger.warn({ msg: 'release not answered', ...this.#where(), attempt, err: outcome.error });
      await delay(this.services.clock, this.services.settings.commandTimeoutMs / 4);
    }
    return null;
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
