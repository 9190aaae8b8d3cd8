/**
 * One connection to the Coinbase feed, from dialling to its end. It is never mended: a new one is made.
 *
 * Decides when a connection is up (the subscription is confirmed) and when it is over (closed, refused, stalled).
 * Knows nothing of trades; it hands on every message it can read.
 */
import { type ClientOptions, type RawData, WebSocket } from 'ws';
import type { Clock, Timer } from '../../clock';
import { messageOf } from '../../errors';
import { FeedDisconnectedError, FeedStalledError, SubscriptionRefusedError } from './coinbase.errors';
import { type FeedMessage, readFeedMessage } from './coinbase.messages';
import type { CoinbaseTimings } from './coinbase.timings';
import { HeartbeatWatch } from './heartbeat-watch';

const CHANNELS = ['heartbeat', 'ticker', 'matches'];
const NEEDED_CHANNELS = ['heartbeat', 'matches'];
const MAX_FRAME_BYTES = 1_048_576;

export interface FeedConnectionOptions {
  readonly url: URL;
  readonly products: readonly string[];
  readonly clock: Clock;
  readonly timings: CoinbaseTimings;
  readonly assertHeld: () => void;
  readonly onSubscribed: () => void;
  /** Whether news of the product can have this time, Unix milliseconds. Other news are no sign of life. */
  readonly isTimely: (product: string, timeMs: number) => boolean;
  readonly onMessage: (message: FeedMessage) => void;
  /** A message that is not understood; called for every one. */
  readonly onOddity: (problem: string) => void;
}

export class FeedConnection {
  /** Resolves with the reason once the socket is gone and nothing of this connection runs any more. */
  readonly ended: Promise<Error>;
  private readonly socket: WebSocket;
  private readonly heartbeats: HeartbeatWatch;
  private limit: Timer | undefined;
  private reason: Error | undefined;
  private subscribed = false;

  constructor(private readonly options: FeedConnectionOptions) {
    const { url, clock, timings, products } = options;
    this.heartbeats = new HeartbeatWatch({
      clock,
      products,
      stallMs: timings.stallMs,
      onStall: (product, silentMs) => this.end(new FeedStalledError(product, silentMs)),
    });
    // `closeTimeout` is missing in the types of `ws`: the wait for the other side's close frame.
    const socketOptions: ClientOptions & { closeTimeout: number } = {
      maxPayload: MAX_FRAME_BYTES,
      handshakeTimeout: timings.connectTimeoutMs,
      closeTimeout: timings.closeTimeoutMs,
      perMessageDeflate: false,
    };
    this.socket = new WebSocket(url, socketOptions);
    this.ended = new Promise((resolve) => {
      this.socket.once('close', (code, text) => {
        this.heartbeats.stop();
        this.limit?.cancel();
        resolve(
          this.reason ?? new FeedDisconnectedError(`closed with code ${code} ${text.toString()}`.trim()),
        );
      });
    });
    this.socket.on('open', () => this.subscribe());
    this.socket.on('message', (data, isBinary) => this.hear(data, isBinary));
    this.socket.on('error', (error) => {
      this.reason ??= new FeedDisconnectedError(messageOf(error), { cause: error });
    });
  }

  /** Ends the connection: politely, and by force after `closeTimeoutMs`. Idempotent. */
  end(reason: Error): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    this.heartbeats.stop();
    this.limit?.cancel();
    // `ws` fails a handshake that is still going on by itself.
    this.socket.close(1000);
  }

  /** Ends the connection without a closing handshake. */
  cut(reason: Error): void {
    this.end(reason);
    this.socket.terminate();
  }

  private subscribe(): void {
    const { assertHeld, products, clock, timings } = this.options;
    if (this.reason !== undefined) return;
    try {
      assertHeld();
    } catch (error) {
      return this.end(asError(error));
    }
    this.socket.send(JSON.stringify({ type: 'subscribe', product_ids: products, channels: CHANNELS }));
    this.limit = clock.setTimer(timings.subscribeTimeoutMs, () =>
      this.end(new SubscriptionRefusedError(`no confirmation within ${timings.subscribeTimeoutMs} ms`)),
    );
  }

  private hear(data: RawData, isBinary: boolean): void {
    if (this.reason !== undefined) return;
    const message: FeedMessage = isBinary
      ? { kind: 'garbage', why: 'a binary frame' }
      : readFeedMessage(textOf(data));
    switch (message.kind) {
      case 'subscriptions':
        return this.confirm(message.channels);
      case 'error':
        if (!this.subscribed) return this.end(new SubscriptionRefusedError(message.text));
        return this.options.onOddity(`error: ${message.text}`);
      case 'unknown':
        return this.options.onOddity(`message type "${message.type}"`);
      case 'garbage':
        return this.options.onOddity(message.why);
      case 'ignored':
        return;
      case 'heartbeat':
        if (!this.isTimely(message.kind, message.product, message.timeMs)) return;
        this.heartbeats.beat(message.product);
        return this.options.onMessage(message);
      case 'trade':
        if (!this.isTimely(message.kind, message.trade.product, message.trade.timeMs)) return;
        return this.options.onMessage(message);
      case 'last-trade':
        return this.options.onMessage(message);
    }
  }

  private isTimely(kind: string, product: string, timeMs: number): boolean {
    if (this.options.isTimely(product, timeMs)) return true;
    this.options.onOddity(`a ${kind} of ${product} with a time that cannot be`);
    return false;
  }

  private confirm(channels: ReadonlyMap<string, readonly string[]>): void {
    const { products, onSubscribed } = this.options;
    for (const channel of NEEDED_CHANNELS) {
      const missing = products.filter((product) => !channels.get(channel)?.includes(product));
      if (missing.length > 0) {
        return this.end(new SubscriptionRefusedError(`no ${channel} of ${missing.join(', ')}`));
      }
    }
    this.limit?.cancel();
    if (this.subscribed) return;
    this.subscribed = true;
    this.heartbeats.start();
    onSubscribed();
  }
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return (data instanceof ArrayBuffer ? Buffer.from(data) : data).toString('utf8');
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown));
}
