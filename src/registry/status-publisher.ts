/**
 * Makes the state and the status of one tenure visible in the store, under its lease.
 *
 * Decides what is sent and when: a step towards work is sent until it is surely recorded or surely not; everything else
 * is sent at once and, if there is no answer, left to the journal (events) and to the next heartbeat (the status).
 */
import { delay, type Clock, type Timer } from '../clock';
import { failpoint } from '../failpoints';
import { TransitionSupersededError } from '../state-machine/state-machine.errors';
import type { Initiator, Snapshot, Transition } from '../state-machine/transition';
import type { TransitionRecorder } from '../state-machine/transition-recorder';
import { ActivityType } from './activity';
import type { ExchangeStatus } from './exchange-status';
import type { Journal, JournalEntry, StagedEvent } from './journal';
import type { HeldLease } from './lease';
import type { LeaseKeeper } from './lease-keeper';
import type { LeaseStore, WriteOutcome } from './lease-store';
import type { RegistrySettings } from './registry.options';
import { machineFields, type StatusDocument, type StatusPatch } from './status-document';

/** Changes that nobody waits for are collected this long before they are sent. */
const COLLECT_MS = 250;

export class StatusPublisher implements TransitionRecorder {
  #collecting: Timer | null = null;
  #refusing = false;
  /** Of the status that was sent last with a step towards work. */
  #stepRevision = 0;
  #sending: Promise<void> = Promise.resolve();

  constructor(
    private readonly lease: HeldLease,
    private readonly document: StatusDocument,
    private readonly store: Pick<LeaseStore, 'write'>,
    private readonly journal: Journal,
    private readonly keeper: LeaseKeeper,
    private readonly clock: Clock,
    private readonly times: Pick<RegistrySettings, 'leaseTtlMs' | 'commandTimeoutMs'>,
  ) {}

  /** The status as it stands, for a heartbeat. */
  describeHeartbeat(): ExchangeStatus {
    this.document.heartbeat(new Date(this.clock.read().wallMs).toISOString());
    return this.#compose();
  }

  /** Changes fields of the status; they are published shortly, together with others. */
  patch(patch: StatusPatch): void {
    this.document.patch(patch);
    this.#collecting ??= this.clock.setTimer(COLLECT_MS, () => {
      this.#collecting = null;
      void this.#send();
    });
  }

  admit(to: Transition['to']): void {
    if (this.#refusing) throw new TransitionSupersededError(to, 'stopping');
  }

  async confirm(transition: Transition, next: Snapshot, overtaken: AbortSignal): Promise<void> {
    const staged = this.journal.stage(this.lease.exchange, this.#entryOf(transition));
    overtaken.addEventListener('abort', () => staged.keep(), { once: true });
    try {
      // May end the tenure then and there, which overtakes this very step: so it is staged first.
      this.lease.assertHeld();
    } catch (error) {
      if (!overtaken.aborted) staged.withdraw();
      throw error;
    }
    if (overtaken.aborted) return;
    const recorded = await this.#sendUntilSure(staged, next, overtaken);
    if (overtaken.aborted) return;
    if (!recorded) {
      staged.withdraw();
      throw this.lease.signal.reason;
    }
    staged.keep();
    this.document.mirror(next);
    // A heartbeat or a patch composed while the step was on its way has put the state before it back.
    if (this.document.current().revision !== this.#stepRevision) void this.#send();
  }

  record(transition: Transition, next: Snapshot): void {
    this.document.mirror(next);
    this.journal.add(this.lease.exchange, this.#entryOf(transition));
    this.#sending = this.#send();
  }

  /** Resolves when the last step away from work has been answered, or has not been in time. */
  settled(): Promise<void> {
    return this.#sending;
  }

  recordPause(next: Snapshot, initiator: Initiator): void {
    this.document.mirror(next);
    this.journal.add(this.lease.exchange, {
      ...initiator,
      ...this.#claim(),
      type: next.isPaused ? ActivityType.Paused : ActivityType.Resumed,
    });
    void this.#send();
  }

  /** The tenure ends: work that is being stopped must not be led into its next state. */
  refuseStepsTowardsWork(): void {
    this.#refusing = true;
  }

  #entryOf({ from, to, at, actor, cause, error }: Transition): JournalEntry {
    return {
      type: ActivityType.Transition,
      at,
      actor,
      cause,
      from,
      to,
      ...this.#claim(),
      ...(error === null ? {} : { data: { error } }),
    };
  }

  #claim() {
    return { claimId: this.lease.claimId, fencingToken: this.lease.fencingToken };
  }

  #compose(): ExchangeStatus {
    return { ...this.document.next(), fencingToken: this.lease.fencingToken };
  }

  /** True: surely recorded. False: surely not, or nobody waits any more. */
  async #sendUntilSure(staged: StagedEvent, next: Snapshot, overtaken: AbortSignal): Promise<boolean> {
    for (;;) {
      await failpoint('transition.before-send');
      const outcome = await this.#write(staged.events(), next);
      await failpoint('transition.after-reply');
      if (overtaken.aborted) return false;
      if (outcome.outcome === 'written') return true;
      if (outcome.outcome === 'lost') {
        this.lease.lose({ kind: 'taken', cause: outcome.cause, holder: outcome.holder });
        return outcome.loggedSeq >= staged.seq;
      }
      if (outcome.outcome === 'missing') await this.keeper.beat();
      // Whether an unanswered step was recorded cannot be known: only whoever overtakes it ends the waiting.
      await delay(this.clock, this.times.commandTimeoutMs / 4, overtaken).catch(() => undefined);
      if (overtaken.aborted) return false;
    }
  }

  async #send(): Promise<void> {
    this.#collecting?.cancel();
    this.#collecting = null;
    if (this.lease.health === 'lost') return this.journal.flush(this.lease.exchange.id);
    const outcome = await this.#write(this.journal.pending(this.lease.exchange.id));
    // Later events are carried by the operation that made them.
    if (outcome.outcome === 'written') return;
    if (outcome.outcome === 'lost') {
      this.lease.lose({ kind: 'taken', cause: outcome.cause, holder: outcome.holder });
    }
    if (outcome.outcome === 'missing') await this.keeper.beat();
    await this.journal.flush(this.lease.exchange.id);
  }

  /** Writes the status, as it will be with `next` if that is given. */
  async #write(events: ReturnType<Journal['pending']>, next?: Snapshot): Promise<WriteOutcome> {
    const status = {
      ...this.#compose(),
      ...(next && machineFields(next, this.document.current().lastStateChange)),
    };
    if (next !== undefined) this.#stepRevision = status.revision;
    const outcome = await this.store.write({
      ...this.lease.ref,
      status,
      ttlMs: this.times.leaseTtlMs,
      events,
    });
    if (outcome.outcome !== 'unknown') this.journal.acknowledge(this.lease.exchange.id, outcome.loggedSeq);
    return outcome;
  }
}
