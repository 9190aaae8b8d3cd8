/**
 * A TCP proxy on loopback with faults to switch on, in either direction. For Redis, and for any other protocol.
 *
 * A stream with a hole in it must not go on: a connection that lost bytes is reset as soon as its direction passes
 * again, as a real network would end it.
 */
import { type Server, type Socket, createServer } from 'node:net';
import { ProxiedConnection, type Direction, type Fault } from './proxied-connection';
import { type LiveResource, forgetResource, trackResource } from './live-resources';

export type { Direction, Fault } from './proxied-connection';

export class TcpProxy implements LiveResource {
  private readonly open = new Set<ProxiedConnection>();
  private readonly faults: Record<Direction, Fault> = {
    requests: { kind: 'pass' },
    replies: { kind: 'pass' },
  };
  private server: Server | undefined;
  private listeningPort = 0;
  /** Connections accepted since the start. */
  accepted = 0;
  /** Bytes received from each side, whether or not they were passed on. */
  readonly bytes: Record<Direction, number> = { requests: 0, replies: 0 };
  /** Bytes thrown away. */
  readonly dropped: Record<Direction, number> = { requests: 0, replies: 0 };
  /** Every Redis command received from the clients, as its arguments, in order; also those not passed on. */
  readonly commands: string[][] = [];

  constructor(readonly targetPort: number) {}

  get name(): string {
    return `proxy on port ${this.port} to ${this.targetPort}`;
  }

  get port(): number {
    return this.listeningPort;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Connections open now. */
  get connections(): number {
    return this.open.size;
  }

  /** Back to normal: held bytes are delivered, connections that lost bytes are reset, new ones are accepted. */
  async pass(): Promise<void> {
    this.setFault('both', { kind: 'pass' });
    await this.listen();
  }

  /** Requests vanish: the server never sees them. */
  dropRequests(): void {
    this.setFault('requests', { kind: 'drop' });
  }

  /** Replies vanish: the server has done it, the client does not know. */
  dropReplies(): void {
    this.setFault('replies', { kind: 'drop' });
  }

  /** Keeps what arrives until `release` (or `pass`), then delivers all of it, in order. */
  hold(direction: Direction | 'both' = 'both'): void {
    this.setFault(direction, { kind: 'hold' });
  }

  /** Delivers what was held, and passes from now on. */
  release(direction: Direction | 'both' = 'both'): void {
    this.setFault(direction, { kind: 'pass' });
  }

  /** Delivers everything `delayMs` later than it arrives. */
  delay(delayMs: number, direction: Direction | 'both' = 'both'): void {
    this.setFault(direction, { kind: 'delay', delayMs });
  }

  /** Resets every open connection (RST). New ones are accepted. */
  reset(): void {
    for (const connection of this.open) connection.reset();
  }

  /** Resets every open connection and refuses new ones (ECONNREFUSED) until `pass`. */
  async refuse(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    const closed = server && new Promise((resolve) => server.close(resolve));
    this.reset();
    await closed;
  }

  async stop(): Promise<void> {
    await this.refuse();
    forgetResource(this);
  }

  /** Starts to accept connections; harmless when it already does. */
  async listen(): Promise<void> {
    if (this.server !== undefined) return;
    const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.accept(socket));
    this.server = server;
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ port: this.listeningPort, host: '127.0.0.1' }, resolve);
      });
    } catch (error) {
      // So that it can be tried again.
      this.server = undefined;
      throw error;
    }
    const address = server.address();
    if (address !== null && typeof address === 'object') this.listeningPort = address.port;
  }

  private accept(client: Socket): void {
    this.accepted += 1;
    const connection = new ProxiedConnection(client, this.targetPort, this.faults, {
      onBytes: (direction, count, isDropped) => {
        this.bytes[direction] += count;
        if (isDropped) this.dropped[direction] += count;
      },
      onCommand: (args) => this.commands.push(args),
      onClosed: () => this.open.delete(connection),
    });
    this.open.add(connection);
  }

  private setFault(direction: Direction | 'both', fault: Fault): void {
    const directions: Direction[] = direction === 'both' ? ['requests', 'replies'] : [direction];
    for (const each of directions) this.faults[each] = fault;
    for (const connection of this.open) connection.onFaultsChanged(directions);
  }
}

/** Starts a proxy in front of a port on loopback. Stop it, or let `useCleanUp` do so. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const proxy = new TcpProxy(targetPort);
  await proxy.listen();
  trackResource(proxy);
  return proxy;
}
