/**
 * The Coinbase Exchange behind the `ExchangeAdapter` port. One adapter serves one tenure; it is not reused.
 */
import { sharedAbort } from '../../abort';
import { SystemClock, type Clock } from '../../clock';
import type { RandomSource } from '../backoff';
import type { Candle } from '../candle';
import type { CandleQuery, ExchangeAdapter, Feed, FeedOptions } from '../exchange-adapter';
import { CoinbaseFeed } from './coinbase.feed';
import { CoinbaseRestClient } from './coinbase.rest-client';
import { COINBASE_TIMINGS, type CoinbaseTimings } from './coinbase.timings';
import { FeedDisconnectedError } from './coinbase.errors';

export interface CoinbaseAdapterOptions {
  readonly restUrl: string;
  readonly wsUrl: string;
  /** Query parameters that say who is asking; none for the real exchange. */
  readonly identity?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  readonly random?: RandomSource;
  readonly timings?: Partial<CoinbaseTimings>;
  /** Told of every failure that is followed by another try. */
  readonly onRetry?: (error: Error) => void;
}

export class CoinbaseAdapter implements ExchangeAdapter {
  private readonly clock: Clock;
  private readonly timings: CoinbaseTimings;
  private readonly rest: CoinbaseRestClient;
  private readonly closing = sharedAbort();
  private readonly open = new Set<Promise<unknown>>();
  private readonly feeds = new Set<CoinbaseFeed>();

  constructor(private readonly options: CoinbaseAdapterOptions) {
    this.clock = options.clock ?? new SystemClock();
    this.timings = { ...COINBASE_TIMINGS, ...options.timings };
    this.rest = new CoinbaseRestClient({
      baseUrl: options.restUrl,
      clock: this.clock,
      random: options.random,
      timings: this.timings,
      identity: options.identity ?? {},
      onRetry: (error) => options.onRetry?.(error),
    });
  }

  async openFeed(products: readonly string[], feedOptions: FeedOptions): Promise<Feed> {
    this.closing.signal.throwIfAborted();
    const url = new URL(this.options.wsUrl);
    for (const [name, value] of Object.entries(this.options.identity ?? {}))
      url.searchParams.set(name, value);
    const feed = new CoinbaseFeed({
      ...feedOptions,
      url,
      products,
      clock: this.clock,
      timings: this.timings,
      random: this.options.random,
    });
    this.feeds.add(feed);
    void this.track(feed.ended);
    await feed.opened;
    return feed;
  }

  async fetchCandles(query: CandleQuery): Promise<Candle[]> {
    const limit = new AbortController();
    const abort = () => limit.abort(query.signal.aborted ? query.signal.reason : this.closing.signal.reason);
    if (query.signal.aborted || this.closing.signal.aborted) abort();
    query.signal.addEventListener('abort', abort, { once: true });
    this.closing.signal.addEventListener('abort', abort, { once: true });
    try {
      return await this.track(this.rest.fetchCandles({ ...query, signal: limit.signal }));
    } finally {
      query.signal.removeEventListener('abort', abort);
      this.closing.signal.removeEventListener('abort', abort);
    }
  }

  async close(): Promise<void> {
    this.closing.abort(new FeedDisconnectedError('the adapter was closed'));
    await Promise.all([...this.feeds].map((feed) => feed.close()));
    await Promise.allSettled(this.open);
  }

  private track<T>(work: Promise<T>): Promise<T> {
    this.open.add(work);
    const forget = () => this.open.delete(work);
    work.then(forget, forget);
    return work;
  }
}
