/**
 * The WebSocket feed: takes sockets in, hears subscriptions, and moves the tapes while somebody listens.
 *
 * Guarantees per product and client that `sequence` grows by one with each trade, unless a fault says otherwise.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { FaultPlan } from './fault-plan';
import { FeedSession, frameText } from './feed-session';
import type { Market } from './market';
import { parseSubscriptionRequest } from './subscription-request';
import { TradeTape } from './trade-tape';
import type { Witness, WitnessedSocket } from './witness';
import { errorMessage } from './wire';

/** How often the tapes are looked at: the most a trade is late on the wire. */
const TICK_MS = 20;
const MAX_FRAME_BYTES = 64 * 1024;

export interface FeedOptions {
  readonly markets: ReadonlyMap<string, Market>;
  readonly faults: FaultPlan;
  readonly witness: Witness;
  readonly now: () => number;
  /** A socket that has not subscribed by then is closed. */
  readonly subscribeWithinMs: number;
}

export class Feed {
  private readonly server = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES });
  private readonly sessions = new Set<FeedSession>();
  private readonly tapes: readonly TradeTape[];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: FeedOptions) {
    const { markets, faults, now } = options;
    this.tapes = [...markets.values()].map((market) => new TradeTape(market, faults, now()));
  }

  /** Makes a feed client of an HTTP connection that asked for an upgrade. */
  accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    key: string,
    client: string | undefined,
  ): void {
    this.server.handleUpgrade(request, socket, head, (accepted) => {
      this.serve(accepted, this.options.witness.open(key, client));
    });
  }

  /** Breaks every socket off and stops the clock. */
  close(): void {
    clearInterval(this.timer);
    for (const socket of this.server.clients) socket.terminate();
    this.server.close();
  }

  private serve(socket: WebSocket, witnessed: WitnessedSocket): void {
    const session = new FeedSession(socket, witnessed);
    const impatience = setTimeout(() => {
      session.send(errorMessage('Connection closed', 'no subscription in time'));
      session.close(1008, 'no subscription in time');
    }, this.options.subscribeWithinMs);
    socket.on('message', (data) => {
      this.hear(session, frameText(data));
      if (session.subscribed) clearTimeout(impatience);
    });
    // A broken frame ends in `close` too; without a listener the error would end the process.
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clearTimeout(impatience);
      this.sessions.delete(session);
      witnessed.closed();
      if (this.sessions.size === 0) this.rest();
    });
    this.sessions.add(session);
  }

  private hear(session: FeedSession, text: string): void {
    const { faults, markets, now } = this.options;
    const request = parseSubscriptionRequest(text, [...markets.keys()]);
    if (request.outcome === 'refused') return session.send(errorMessage(request.message, request.reason));
    if (request.type === 'subscribe') {
      const asked = [...request.channels.values()].flat();
      const refusal = [undefined, ...asked]
        .map((product) => faults.take('refusal', product, (fault) => fault.of === 'subscribe'))
        .find((fault) => fault !== undefined);
      if (refusal)
        return session.send(errorMessage('Failed to subscribe', 'subscriptions are refused (simulated)'));
      if (this.timer === undefined) this.wake(now());
    }
    for (const { channel, product } of session.apply(request)) {
      this.tapes.find(({ market }) => market.profile.id === product)?.welcome(session, channel);
    }
  }

  private wake(nowMs: number): void {
    for (const tape of this.tapes) tape.skipTo(nowMs);
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  private rest(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private tick(): void {
    const nowMs = this.options.now();
    for (const tape of this.tapes) {
      const product = tape.market.profile.id;
      const listeners = [...this.sessions].filter((session) => session.isSubscribedTo(product));
      if (listeners.length > 0) tape.advance(listeners, nowMs);
      else tape.skipTo(nowMs);
    }
  }
}
