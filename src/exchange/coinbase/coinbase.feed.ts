/**
 * The feed of trades: connections one after the other, and the order of trades across them.
 *
 * Decides when to connect again (growing, jittered waits; the claim is checked first) and which trades are new.
 * Does not fetch what was missed.
 */
import { type Clock, delay } from '../../clock';
import { Backoff, type RandomSource } from '../backoff';
import type { Feed, FeedOptions } from '../exchange-adapter';
import { FeedDisconnectedError } from './coinbase.errors';
import type { FeedMessage } from './coinbase.messages';
import type { CoinbaseTimings } from './coinbase.timings';
import { FeedConnection } from './feed-connection';
import { NewsTime } from './news-time';
import { OddityLog } from './oddity-log';
import { TradeTracker } from './trade-tracker';

export interface CoinbaseFeedOptions extends FeedOptions {
  readonly url: URL;
  readonly products: readonly string[];
  readonly clock: Clock;
  readonly timings: CoinbaseTimings;
  readonly random?: RandomSource;
}

export class CoinbaseFeed implements Feed {
  /** Resolves with the first confirmed subscription; rejects when there is none. */
  readonly opened: Promise<void>;
  readonly ended: Promise<void>;
  private readonly closing = new AbortController();
  private readonly trackers: ReadonlyMap<string, TradeTracker>;
  private readonly times: ReadonlyMap<string, NewsTime>;
  private readonly backoff: Backoff;
  /** One for all connections: a feed that comes and goes says the same things again. */
  private readonly oddities: OddityLog;
  private connection: FeedConnection | undefined;
  private isConnected = false;
  private upSinceMs = 0;
  private wasOpened = false;
  private settleOpened!: { resolve(): void; reject(error: unknown): void };

  constructor(private readonly options: CoinbaseFeedOptions) {
    const { timings, random, products, signal, clock, listener } = options;
    this.oddities = new OddityLog(clock, (error) => listener.onNotice(error));
    this.trackers = new Map(products.map((product) => [product, new TradeTracker()]));
    this.times = new Map(products.map((product) => [product, new NewsTime(clock)]));
    this.backoff = new Backoff({ baseMs: timings.reconnectBaseMs, capMs: timings.reconnectCapMs, random });
    this.opened = new Promise((resolve, reject) => (this.settleOpened = { resolve, reject }));
    const onAbort = () => this.shut(signal.reason, true);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    this.ended = this.keepConnected()
      .catch((error: unknown) => {
        // Whatever it is (an address no socket takes, say): who waits for the opening must not wait for ever.
        this.settleOpened.reject(error);
        throw error;
      })
      .finally(() => signal.removeEventListener('abort', onAbort));
    // Whoever opened the feed hears of a failure by `opened` or `ended`; neither may end the process.
    this.opened.catch(() => {});
    this.ended.catch(() => {});
  }

  get connected(): boolean {
    return this.isConnected;
  }

  async close(): Promise<void> {
    this.shut(new FeedDisconnectedError('closed by this side'), false);
    await this.ended.catch(() => {});
  }

  private shut(reason: unknown, abruptly: boolean): void {
    const cause = reason instanceof Error ? reason : new FeedDisconnectedError(String(reason));
    this.closing.abort(cause);
    if (abruptly) this.connection?.cut(cause);
    else this.connection?.end(cause);
  }

  private async keepConnected(): Promise<void> {
    const { clock, timings, assertHeld, listener } = this.options;
    const { signal } = this.closing;
    for (let failures = 0; !signal.aborted;) {
      assertHeld();
      const connection = await this.connectOnce();
      if (signal.aborted) break;
      failures = connection.up ? 0 : failures + 1;
      if (!this.wasOpened && failures >= timings.openAttempts) {
        this.settleOpened.reject(connection.reason);
        return;
      }
      listener.onDisconnected(connection.reason);
      await delay(clock, this.backoff.nextMs(), signal).catch(() => {});
    }
    this.settleOpened.reject(signal.reason);
  }

  /** One connection, to its end. */
  private async connectOnce(): Promise<{ readonly up: boolean; readonly reason: Error }> {
    const { url, products, clock, timings, assertHeld } = this.options;
    for (const time of this.times.values()) time.beginConnection();
    const connection = new FeedConnection({
      url,
      products,
      clock,
      timings,
      assertHeld,
      onSubscribed: () => this.goUp(),
      isTimely: (product, timeMs) => this.times.get(product)?.believes(timeMs) ?? true,
      onMessage: (message) => this.hear(message),
      onOddity: (problem) => this.oddities.note(problem),
    });
    this.connection = connection;
    const reason = await connection.ended;
    this.connection = undefined;
    const up = this.isConnected;
    this.isConnected = false;
    // Only a connection that lasted makes the next wait short: one that comes and goes must not be hammered.
    if (up && clock.read().monotonicMs - this.upSinceMs >= timings.stallMs) this.backoff.reset();
    return { up, reason };
  }

  private goUp(): void {
    this.isConnected = true;
    this.upSinceMs = this.options.clock.read().monotonicMs;
    this.wasOpened = true;
    this.options.listener.onConnected();
    this.settleOpened.resolve();
  }

  private hear(message: FeedMessage): void {
    const { listener } = this.options;
    if (message.kind === 'trade') {
      const { trade } = message;
      const sighting = this.trackers.get(trade.product)?.seeTrade(trade.tradeId);
      if (sighting === undefined || sighting.kind === 'duplicate') return;
      if (sighting.kind === 'gap') listener.onGap(trade.product, sighting.missing);
      listener.onTrade(trade);
    } else if (message.kind === 'heartbeat') {
      const sighting = this.trackers.get(message.product)?.seeHeartbeat(message.lastTradeId);
      if (sighting === undefined || sighting.kind === 'unknown') return;
      if (sighting.kind === 'gap') listener.onGap(message.product, sighting.missing);
      listener.onCaughtUp(message.product, message.timeMs);
    } else if (message.kind === 'last-trade') {
      this.trackers.get(message.product)?.begin(message.tradeId);
    }
  }
}
