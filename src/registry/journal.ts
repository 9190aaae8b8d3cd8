/**
 * The outbox of the activity log: every event exactly once, in order, whether or not the store answers now.
 *
 * Each event gets the next number of this instance's sequence for its exchange, and is kept until the store has
 * said that the log has got that far. Whatever is sent carries every event not yet acknowledged, oldest first, and the
 * store skips those it has: so a reply may be lost and a request may come late or twice.
 *
 * Does not guarantee that an event survives the end of the process, nor more than `MAX_PENDING` events of an
 * outage: the oldest of those are dropped, with a line in the log.
 */
import { Logger } from '@nestjs/common';
import { delay, type Clock, type Timer } from '../clock';
import { messageOf } from '../errors';
import type { ActivityEvent } from './activity';
import type { ExchangeIdentity } from './exchange-identity';
import type { AppendOutcome, LeaseStore } from './lease-store';

/** Events of one exchange that may wait for a store that does not answer. */
export const MAX_PENDING = 1_000;

/** Characters of a cause that are written. */
const LONGEST_CAUSE = 2_000;

/** Characters of JSON of the data of one event. */
const LONGEST_DATA = 65_536;

/** What the caller says of an event; the journal adds who, when and the number. */
export type JournalEntry = Pick<ActivityEvent, 'type' | 'actor' | 'cause'> &
  Partial<Pick<ActivityEvent, 'claimId' | 'fencingToken' | 'from' | 'to' | 'commandId' | 'data' | 'at'>>;

/** An event that counts only if the operation that carries it succeeds. */
export interface StagedEvent {
  readonly seq: number;
  /** Everything the operation has to carry: what is pending, then this event. */
  events(): ActivityEvent[];
  /** The same, and what has happened since: for the last operation of a tenure. */
  allEvents(): ActivityEvent[];
  /** The event has happened: if it is not in the log yet, it will be. */
  keep(): void;
  /** It surely has not happened: forget it, unless the log already has it. */
  withdraw(): void;
}

interface Outbox {
  lastSeq: number;
  pending: ActivityEvent[];
  /** The staged event, until it is `decided`; nothing behind it may be sent without it. */
  undecided: { readonly seq: number; readonly decided: Promise<void> } | null;
  flushing: Promise<void> | null;
  retry: Timer | null;
}

export class Journal {
  readonly #logger = new Logger(Journal.name);
  readonly #outboxes = new Map<number, Outbox>();
  #closed = false;

  constructor(
    private readonly store: Pick<LeaseStore, 'append'>,
    private readonly clock: Clock,
    private readonly instanceId: string,
    private readonly retryMs: number,
  ) {}

  /** Adds an event that has happened, and sends it as soon as the store takes it. Never throws. */
  record(exchange: ExchangeIdentity, entry: JournalEntry): void {
    this.add(exchange, entry);
    void this.flush(exchange.id);
  }

  /** Adds an event that has happened, to be carried by the next operation or flush. Returns its number. */
  add(exchange: ExchangeIdentity, entry: JournalEntry): number {
    return this.#push(exchange, entry).seq;
  }

  /** The event of this number has turned out otherwise, as far as is known: the log gets it like this, unless it already has it. */
  amend(exchangeId: number, seq: number, entry: Pick<JournalEntry, 'type' | 'actor' | 'cause'>): void {
    const outbox = this.#outbox(exchangeId);
    outbox.pending = outbox.pending.map((event) => (event.seq === seq ? { ...event, ...entry } : event));
  }

  /** Adds an event that is still to be decided by the operation that carries it. One at a time per exchange. */
  stage(exchange: ExchangeIdentity, entry: JournalEntry): StagedEvent {
    const outbox = this.#outbox(exchange.id);
    if (outbox.undecided !== null) throw new TypeError('an event of this exchange is already staged');
    const { seq } = this.#push(exchange, entry);
    let resolve!: () => void;
    outbox.undecided = { seq, decided: new Promise((settle) => (resolve = settle)) };
    const decide = () => {
      if (outbox.undecided?.seq === seq) outbox.undecided = null;
      resolve();
      void this.flush(exchange.id);
    };
    return {
      seq,
      events: () => outbox.pending.filter((event) => event.seq <= seq),
      allEvents: () => [...outbox.pending],
      keep: decide,
      withdraw: () => {
        outbox.pending = outbox.pending.filter((event) => event.seq !== seq);
        decide();
      },
    };
  }

  /** Every event of this exchange that may be sent now, for an operation that can carry them. */
  pending(exchangeId: number): ActivityEvent[] {
    const { pending, undecided } = this.#outbox(exchangeId);
    return undecided === null ? [...pending] : pending.filter(({ seq }) => seq < undecided.seq);
  }

  /** The store said how far its log has got. */
  acknowledge(exchangeId: number, loggedSeq: number): void {
    const outbox = this.#outbox(exchangeId);
    outbox.pending = outbox.pending.filter(({ seq }) => seq > loggedSeq);
  }

  /**
   * Sends what is pending, and again after a while if the store gave no answer. Resolves when all of it was sent once. Never
   * rejects.
   */
  flush(exchangeId: number): Promise<void> {
    const outbox = this.#outbox(exchangeId);
    if (outbox.flushing !== null) return outbox.flushing;
    if (this.#closed || this.pending(exchangeId).length === 0) return Promise.resolve();
    outbox.flushing = this.#sendAll(exchangeId, outbox);
    return outbox.flushing;
  }

  /** Lets an operation that carries an event come to its end, sends what is left once more, and stops trying. */
  async close(): Promise<void> {
    const over = new AbortController();
    // A release that is not answered is tried for a little less.
    const patience = delay(this.clock, 4 * this.retryMs, over.signal).catch(() => undefined);
    const decisions = [...this.#outboxes.values()].flatMap(({ undecided }) => undecided?.decided ?? []);
    await Promise.race([Promise.all(decisions), patience]);
    over.abort();
    await Promise.all([...this.#outboxes.keys()].map((exchangeId) => this.flush(exchangeId)));
    this.#closed = true;
    for (const outbox of this.#outboxes.values()) outbox.retry?.cancel();
  }

  async #sendAll(exchangeId: number, outbox: Outbox): Promise<void> {
    try {
      for (let events = this.pending(exchangeId); events.length > 0; events = this.pending(exchangeId)) {
        const outcome = await this.#append(exchangeId, events);
        if (outcome.outcome === 'unknown') return this.#retryLater(exchangeId, outbox);
        this.acknowledge(exchangeId, Math.max(outcome.loggedSeq, events.at(-1)?.seq ?? 0));
      }
    } finally {
      // In the same turn as the last look, so that no event falls between two flushes.
      outbox.flushing = null;
    }
  }

  #append(exchangeId: number, events: readonly ActivityEvent[]): Promise<AppendOutcome> {
    return this.store.append({ exchangeId, instanceId: this.instanceId, events });
  }

  #retryLater(exchangeId: number, outbox: Outbox): void {
    outbox.retry?.cancel();
    outbox.retry = this.clock.setTimer(this.retryMs, () => void this.flush(exchangeId));
  }

  #push(exchange: ExchangeIdentity, entry: JournalEntry): ActivityEvent {
    const outbox = this.#outbox(exchange.id);
    outbox.lastSeq += 1;
    const event: ActivityEvent = {
      at: new Date(this.clock.read().wallMs).toISOString(),
      claimId: null,
      fencingToken: null,
      ...entry,
      cause: entry.cause.slice(0, LONGEST_CAUSE),
      ...(entry.data === undefined ? {} : { data: this.#written(exchange, entry.type, entry.data) }),
      exchangeId: exchange.id,
      exchangeName: exchange.name,
      instanceId: this.instanceId,
      seq: outbox.lastSeq,
    };
    outbox.pending.push(event);
    if (outbox.pending.length > MAX_PENDING) {
      // Not the one that an operation is about to carry: it would carry what it stands for without saying so.
      const oldest = outbox.pending.findIndex(({ seq }) => seq !== outbox.undecided?.seq);
      const [dropped] = outbox.pending.splice(oldest, 1);
      this.#logger.error({
        msg: 'activity event dropped: too many wait for Redis',
        exchange: exchange.name,
        instance: this.instanceId,
        dropped: dropped?.type,
      });
    }
    return event;
  }

  /** As it will be read again. What cannot be written is left out: it would keep everything that comes after it from being written. */
  #written(exchange: ExchangeIdentity, type: string, data: ActivityEvent['data']): ActivityEvent['data'] {
    let problem = `more than ${LONGEST_DATA} characters`;
    try {
      const text = JSON.stringify(data);
      if (text.length <= LONGEST_DATA) return JSON.parse(text) as ActivityEvent['data'];
    } catch (error) {
      problem = messageOf(error);
    }
    this.#logger.error({
      msg: 'the data of an activity event cannot be written and are left out',
      exchange: exchange.name,
      instance: this.instanceId,
      type,
      problem,
    });
    return { unwritable: problem.slice(0, LONGEST_CAUSE) };
  }

  #outbox(exchangeId: number): Outbox {
    let outbox = this.#outboxes.get(exchangeId);
    if (outbox === undefined) {
      outbox = { lastSeq: 0, pending: [], undecided: null, flushing: null, retry: null };
      this.#outboxes.set(exchangeId, outbox);
    }
    return outbox;
  }
}
