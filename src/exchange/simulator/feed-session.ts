/**
 * One client of the feed: its socket, its subscriptions, and its place in the witness.
 *
 * Decides what the client has asked for and must be told. Does not decide when a trade happens.
 */
import type { RawData, WebSocket } from 'ws';
import type { SubscriptionRequest } from './subscription-request';
import type { WitnessedSocket } from './witness';
import { type Channel, CHANNELS } from './wire';

/** A client that does not read is cut off, as on the exchange, before it fills the memory. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;

export class FeedSession {
  private readonly products = new Map<Channel, Set<string>>(CHANNELS.map((channel) => [channel, new Set()]));

  constructor(
    private readonly socket: WebSocket,
    private readonly witnessed: WitnessedSocket,
  ) {}

  get subscribed(): boolean {
    return CHANNELS.some((channel) => this.productsOf(channel).size > 0);
  }

  isSubscribedTo(product: string, channel?: Channel): boolean {
    return channel === undefined
      ? CHANNELS.some((candidate) => this.productsOf(candidate).has(product))
      : this.productsOf(channel).has(product);
  }

  /** Takes over the request and answers with all subscriptions of this client. Returns those that are new. */
  apply({ type, channels }: SubscriptionRequest): { channel: Channel; product: string }[] {
    const added: { channel: Channel; product: string }[] = [];
    for (const [channel, ids] of channels) {
      const own = this.productsOf(channel);
      if (type === 'unsubscribe' && ids.length === 0) own.clear();
      for (const product of ids) {
        if (type === 'unsubscribe') own.delete(product);
        else if (!own.has(product)) {
          own.add(product);
          added.push({ channel, product });
        }
      }
    }
    if (this.subscribed) this.witnessed.subscribed();
    else this.witnessed.unsubscribed();
    const current = CHANNELS.filter((channel) => this.productsOf(channel).size > 0);
    this.send({
      type: 'subscriptions',
      channels: current.map((name) => ({ name, product_ids: [...this.productsOf(name)], account_ids: null })),
    });
    return added;
  }

  send(message: object): void {
    this.sendText(JSON.stringify(message));
  }

  sendText(text: string): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (this.socket.bufferedAmount > MAX_BUFFERED_BYTES) return this.socket.terminate();
    this.socket.send(text);
  }

  close(code: number, reason: string): void {
    // 1006 means "no close frame was received": it can only be acted out, not sent.
    if (code === 1006) this.socket.terminate();
    else this.socket.close(code, reason);
  }

  private productsOf(channel: Channel): Set<string> {
    return this.products.get(channel) ?? new Set();
  }
}

/** The text of a frame. */
export function frameText(data: RawData): string {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as ArrayBuffer);
  return bytes.toString('utf8');
}
