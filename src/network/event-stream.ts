/**
 * The event stream of the whole network: a snapshot, then what a returning reader missed, then every change: entries of
 * the activity logs as they are written, and how an exchange stands whenever that has changed.
 *
 * Each event's `id` says where the reader is in every log, so that a reader who comes back with it (`Last-Event-ID`) misses
 * no entry and gets none twice, up to `MAX_MISSED` entries per exchange; beyond that a `gap` event says so. However
 * many readers there are, each exchange is followed once; without readers nothing is read at all.
 */
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import type { Clock } from '../clock';
import type { CatalogueEntry } from '../exchange/catalogue';
import { NotReadyError } from '../http/http.errors';
import type { ActivityLog } from '../registry/activity-log';
import { ACTIVITY_LOG, CLOCK } from '../registry/registry.tokens';
import { ActivityFeed } from './activity-feed';
import { EventConnection } from './event-connection';
import { EventReading } from './event-reading';
import { ExchangeDirectory } from './exchange-directory';
import { ExchangeWatch } from './exchange-watch';
import { hasPlace } from './places';
import { isAfter, positionsOf, type Positions } from './resume-token';
import { Turns } from './turns';

/** Entries of one exchange that a returning reader is given. */
export const MAX_MISSED = 1_000;
export const MAX_READERS = 100;

export interface ReaderRequest {
  /** Empty for a reader who has not been here before. */
  readonly lastEventId: string;
  readonly isOperator: boolean;
}

@Injectable()
export class EventStream implements OnModuleDestroy {
  readonly #feeds: ReadonlyMap<number, ActivityFeed>;
  readonly #connections = new Set<EventConnection>();
  /** Of returning readers, whose number is limited already: however many come back at once, none is refused. */
  readonly #turns: Turns;
  #closed = false;

  constructor(
    private readonly directory: ExchangeDirectory,
    private readonly watch: ExchangeWatch,
    @Inject(ACTIVITY_LOG) private readonly log: ActivityLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.#turns = new Turns(clock);
    this.#feeds = new Map(directory.entries.map(({ id }) => [id, new ActivityFeed(log, id)]));
  }

  /** How many logs are followed, for tests of tidiness. */
  get followed(): number {
    return [...this.#feeds.values()].filter((feed) => feed.running).length;
  }

  /** Whether the exchanges are being looked at. */
  get watching(): boolean {
    return this.watch.running;
  }

  /** An open stream would keep the server from closing. */
  onModuleDestroy(): void {
    this.#closed = true;
    for (const connection of this.#connections) connection.end();
  }

  /**
   * Answers with the stream. Rejects, before anything was answered, with `NotReadyError` and
   * `StoreUnavailableError`.
   */
  async open(response: ServerResponse, { lastEventId, isOperator }: ReaderRequest): Promise<void> {
    if (this.#closed) throw new NotReadyError('it is shutting down');
    if (!hasPlace(this.#connections.size, MAX_READERS, isOperator))
      throw new NotReadyError('it serves all the event streams it can');
    const connection = new EventConnection(response, this.clock);
    this.#connections.add(connection);
    const reading = new EventReading(connection, this.watch);
    const leave = () => {
      this.#connections.delete(connection);
      for (const feed of this.#feeds.values()) feed.leave(reading);
      this.watch.leave(reading);
    };
    connection.onClose(leave);
    try {
      await this.#begin(reading, connection, positionsOf(lastEventId));
      if (!connection.open) leave();
    } catch (error) {
      leave();
      throw error;
    }
  }

  async #begin(reading: EventReading, connection: EventConnection, resumed: Positions) {
    const heads = new Map<number, string>();
    await Promise.all([...this.#feeds].map(async ([id, feed]) => heads.set(id, await feed.join(reading))));
    // A position beyond the end is of a log that was lost, or made up.
    const positions = new Map([...heads].map(([id, head]) => [id, earlier(resumed.get(id) ?? head, head)]));
    await this.watch.join(reading);
    const missed = await Promise.all(
      this.directory.entries.map((entry) => this.#missed(entry, heads, positions, connection)),
    );
    if (!connection.open || this.#closed) return connection.end();
    connection.begin();
    await reading.begin(positions);
    for (const { exchange, entries, isComplete } of missed) {
      if (!isComplete) await reading.sendGap(exchange.name);
      await reading.catchUp(entries);
    }
    await reading.goLive();
    connection.keepAlive();
  }

  /** What is in the log after the reader's position and up to where its feed begins, oldest first. */
  async #missed(
    exchange: CatalogueEntry,
    heads: Positions,
    positions: Positions,
    connection: EventConnection,
  ) {
    const position = positions.get(exchange.id)!;
    if (position === heads.get(exchange.id)) return { exchange, entries: [], isComplete: true };
    return this.#turns.take(async () => {
      // Nobody reads it any more.
      if (!connection.open) return { exchange, entries: [], isComplete: true };
      const { entries, nextCursor } = await this.log.page(exchange.id, { count: MAX_MISSED, cursor: null });
      const missed = entries.filter(({ id }) => isAfter(id, position)).toReversed();
      return {
        exchange,
        entries: missed,
        isComplete: await this.#reaches(exchange.id, nextCursor, position),
      };
    });
  }

  /** Whether nothing lies between the position and the end of the page that goes on at `nextCursor`. */
  async #reaches(exchangeId: number, nextCursor: string | null, position: string): Promise<boolean> {
    if (nextCursor === null || !isAfter(nextCursor, position)) return true;
    const { entries } = await this.log.page(exchangeId, { count: 1, cursor: nextCursor });
    const [before] = entries;
    return before !== undefined && !isAfter(before.id, position);
  }
}

function earlier(one: string, other: string): string {
  return isAfter(one, other) ? other : one;
}
