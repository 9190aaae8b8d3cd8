/**
 * What one reader of the event stream has seen: its place in every activity log, and how every exchange stood.
 *
 * Decides what is news to this reader. Until it is live nothing is sent by itself: entries are kept, up to `MAX_EARLY`, looks
 * replace each other; and what is sent is sent as fast as the reader reads.
 */
import { ActivityType, type ActivityEntry } from '../registry/activity';
import type { FeedReader } from './activity-feed';
import type { EventConnection } from './event-connection';
import type { ExchangeView } from './exchange-view';
import type { ExchangeWatch, WatchReader } from './exchange-watch';
import { isAfter, tokenOf, type Positions } from './resume-token';

/** Entries kept for a reader before it counts as too slow: as many as it is given when it comes back. */
export const MAX_EARLY = 1_000;

export class EventReading implements FeedReader, WatchReader {
  readonly #positions = new Map<number, string>();
  /** By exchange id, as compared. */
  readonly #seen = new Map<number, string>();
  #early: ActivityEntry[] | null = [];
  #latest: readonly ExchangeView[] = [];
  #isSilent = false;

  constructor(
    private readonly connection: EventConnection,
    private readonly watch: ExchangeWatch,
  ) {}

  onEntry(entry: ActivityEntry): void {
    // An alert says nothing about the holder, and there may be many.
    if (entry.type !== ActivityType.Alert) this.watch.lookSoon();
    if (this.#early === null) return this.#sendEntry(entry);
    this.#early.push(entry);
    if (this.#early.length > MAX_EARLY) this.connection.drop();
  }

  onBroken(): void {
    this.connection.end();
  }

  onLook(exchanges: readonly ExchangeView[]): void {
    this.#latest = exchanges;
    if (this.#early !== null) return;
    if (this.#isSilent) this.#send('redis', { redis: 'up' });
    this.#isSilent = false;
    for (const view of exchanges) if (this.#isNews(view)) this.#send('exchange', view);
  }

  onSilence(): void {
    if (this.#early !== null || this.#isSilent) return;
    this.#isSilent = true;
    this.#send('redis', { redis: 'down' });
  }

  /** Sends the snapshot: the latest look. */
  begin(positions: Positions): Promise<void> {
    for (const [exchangeId, position] of positions) this.#positions.set(exchangeId, position);
    for (const view of this.#latest) this.#isNews(view);
    this.#send('snapshot', { exchanges: this.#latest });
    return this.connection.drained();
  }

  /** Entries of this exchange were passed over. */
  sendGap(exchange: string): Promise<void> {
    this.#send('gap', { exchange });
    return this.connection.drained();
  }

  /** Sends what the reader missed, oldest first. */
  async catchUp(entries: readonly ActivityEntry[]): Promise<void> {
    for (const entry of entries) {
      if (!this.connection.open) return;
      this.#sendEntry(entry);
      await this.connection.drained();
    }
  }

  /** Sends what was kept, and what came in the meantime, until there is no more. */
  async goLive(): Promise<void> {
    while (this.#early?.length) await this.catchUp(this.#early.splice(0));
    this.#early = null;
  }

  /** An entry that was already sent is skipped. */
  #sendEntry(entry: ActivityEntry): void {
    const position = this.#positions.get(entry.exchangeId);
    if (position !== undefined && !isAfter(entry.id, position)) return;
    this.#positions.set(entry.exchangeId, entry.id);
    this.#send('activity', entry);
  }

  /** Remembers it. The two ages differ at every look; that they were set back shows in `lastHeartbeat`. */
  #isNews(view: ExchangeView): boolean {
    const content = JSON.stringify({ ...view, heartbeatAgeMs: null, expiresInMs: null });
    if (this.#seen.get(view.id) === content) return false;
    this.#seen.set(view.id, content);
    return true;
  }

  #send(event: string, data: unknown): void {
    this.connection.send({ event, id: tokenOf(this.#positions), data });
  }
}
