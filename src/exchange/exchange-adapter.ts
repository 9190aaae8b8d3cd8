/**
 * Port: one exchange, as the work on it sees it: a feed of trades, and candles of the past.
 *
 * An adapter speaks the exchange's protocol, keeps its rate limits, reconnects, and says when trades may have been
 * missed. It does not decide what a missed trade means, and it fills no gaps itself.
 */
import type { Candle } from './candle';

export interface Trade {
  readonly product: string;
  /** Grows by one with every trade of the product. */
  readonly tradeId: number;
  /** The exchange's time, Unix milliseconds. */
  readonly timeMs: number;
  readonly price: number;
  readonly size: number;
}

/** Called synchronously, in the order of the feed, never after the feed was closed. Must not throw. */
export interface FeedListener {
  onTrade(trade: Trade): void;
  /** Every trade of the product up to `timeMs` (the exchange's time) has been delivered. */
  onCaughtUp(product: string, timeMs: number): void;
  /** `missing` trades of a connected feed were never delivered; everything after them will be. */
  onGap(product: string, missing: number): void;
  /** Subscribed (again). Trades of the time in between were not delivered. */
  onConnected(): void;
  /** The connection is gone; a new one is being made. */
  onDisconnected(cause: Error): void;
  /** Something odd that needs no action: an unknown message, a frame that is not JSON. */
  onNotice(error: Error): void;
}

export interface FeedOptions {
  /** Aborting it closes the feed at once. */
  readonly signal: AbortSignal;
  /** Called right before every connection and subscription; what it throws ends the feed. */
  readonly assertHeld: () => void;
  readonly listener: FeedListener;
}

export interface Feed {
  /** True from a confirmed subscription until its connection ends. */
  readonly connected: boolean;
  /** Resolves after `close` or an abort; rejects with what `assertHeld` threw, or when the exchange refuses. */
  readonly ended: Promise<void>;
  /** Idempotent. Resolves when no socket and no timer is left. */
  close(): Promise<void>;
}

export interface CandleQuery {
  readonly product: string;
  /** First and last open time wanted, Unix seconds, whole minutes, both included. */
  readonly from: number;
  readonly to: number;
  readonly signal: AbortSignal;
  /** Candles read so far; for a progress display. */
  readonly onPage?: (candlesSoFar: number) => void;
}

export interface ExchangeAdapter {
  /**
   * Connects and subscribes to the trades of `products`; resolves with the first confirmed subscription. Rejects
   * when it cannot be had within a few tries. Later interruptions are mended inside.
   */
  openFeed(products: readonly string[], options: FeedOptions): Promise<Feed>;
  /**
   * The one-minute candles between two times, oldest first, without those in which nothing was traded. The last
   * may be unfinished. Retries what may succeed; rejects with `ExchangeRequestError` when it gives up.
   */
  fetchCandles(query: CandleQuery): Promise<Candle[]>;
  /** Ends every feed and request. Idempotent; resolves when nothing is left open. */
  close(): Promise<void>;
}

/** Length of the candles of this project, in seconds. */
export const CANDLE_SECONDS = 60;
