/**
 * An exchange of one's own: speaks the public wire of Coinbase Exchange on loopback, offline, with made-up trades.
 *
 * Decides what happened in the market (the same for the same seed, on any simulator, at any time), who is connected
 * (the witness), and what goes wrong (the faults). It is no trading engine: nobody can place an order. A client
 * recognises it by nothing; what it does not speak (order book, authentication) is answered as unknown.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { FaultPlan } from './fault-plan';
import { Feed } from './feed';
import { callerOf, HttpFront, urlOf } from './http-front';
import { Market } from './market';
import { OperatorRoutes } from './operator-routes';
import { profileOf } from './product-profile';
import { RequestRate } from './request-rate';
import { RestRoutes } from './rest-routes';
import { compileOptions, type SimulatorOptions } from './simulator.options';
import { Witness } from './witness';

/** Where a simulator listens. */
export interface SimulatorAddress {
  readonly port: number;
  /** Without a slash at the end. */
  readonly restUrl: string;
  readonly wsUrl: string;
}

export class ExchangeSimulator {
  /** Switch faults on and off from the same process; over HTTP it is `POST /faults`. */
  readonly faults: FaultPlan;
  /** Who was connected, and when; over HTTP it is `GET /witness`. */
  readonly witness: Witness;
  /** The markets by product, for tests that want to know what should have been seen. */
  readonly markets: ReadonlyMap<string, Market>;
  private readonly feed: Feed;
  private readonly front: HttpFront;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private closed: Promise<void> | undefined;

  /** Throws `InvalidSimulatorOptionError`. Nothing is open until `listen`. */
  constructor(options: SimulatorOptions = {}) {
    const { seed, products, tradesPerSecond, requestsPerSecond, subscribeWithinMs, now } =
      compileOptions(options);
    this.markets = new Map(
      products.map((id) => [id, new Market({ seed, profile: profileOf(id), tradesPerSecond })]),
    );
    this.faults = new FaultPlan(now);
    this.witness = new Witness(now);
    const { markets, faults, witness } = this;
    this.feed = new Feed({ markets, faults, witness, now, subscribeWithinMs });
    const operator = new OperatorRoutes(witness, faults, products);
    const rate = new RequestRate(requestsPerSecond, now);
    this.front = new HttpFront(new RestRoutes(markets), operator, faults, rate, now);
    this.server = createServer((request, response) => void this.front.handle(request, response));
    // Running out of file descriptors must not end the process; an error while listening is reported by `listen`.
    this.server.on('error', () => undefined);
    this.server.on('connection', (socket) => this.keep(socket));
    this.server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    this.server.on('clientError', (_error, socket) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
      else socket.destroy();
    });
  }

  /** Begins to listen; port 0 takes a free one. Rejects with the system's error, such as `EADDRINUSE`. */
  async listen(port = 0, host = '127.0.0.1'): Promise<SimulatorAddress> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    const address = this.server.address() as AddressInfo;
    const authority = `${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
    return { port: address.port, restUrl: `http://${authority}`, wsUrl: `ws://${authority}` };
  }

  /** Breaks off every socket and request, also those a fault keeps waiting, and resolves at once. Idempotent. */
  close(): Promise<void> {
    this.closed ??= new Promise((resolve) => {
      this.feed.close();
      this.front.close();
      this.server.close(() => resolve());
      for (const socket of this.sockets) socket.destroy();
    });
    return this.closed;
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Until the socket is a WebSocket nobody else listens, and an error without a listener ends the process.
    socket.on('error', () => socket.destroy());
    const url = urlOf(request);
    const refusal = this.faults.take('refusal', undefined, (fault) => fault.of === 'socket');
    if (url === undefined || refusal !== undefined) {
      socket.end(
        `HTTP/1.1 ${refusal?.status ?? 400} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
      );
      return;
    }
    const { key, client } = callerOf(request, url);
    this.feed.accept(request, socket, head, key, client);
  }
}
