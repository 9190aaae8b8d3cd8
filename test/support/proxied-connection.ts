/** One client's connection through the proxy: two streams, each under the fault that is on for its direction. */
import { type Socket, connect } from 'node:net';
import { RespCommandReader } from './resp-commands';

/** `requests` flow from the client to the server, `replies` back. */
export type Direction = 'requests' | 'replies';

export type Fault =
  | { readonly kind: 'pass' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'hold' }
  | { readonly kind: 'delay'; readonly delayMs: number };

export interface ConnectionEvents {
  onBytes(direction: Direction, count: number, isDropped: boolean): void;
  onCommand(args: string[]): void;
  onClosed(): void;
}

/** What waits for delivery: bytes, or the end of the stream. */
type Parcel = Buffer | 'end';

export class ProxiedConnection {
  private readonly server: Socket;
  private readonly reader = new RespCommandReader();
  private readonly held: Record<Direction, Parcel[]> = { requests: [], replies: [] };
  private readonly timers: Record<Direction, Set<NodeJS.Timeout>> = {
    requests: new Set(),
    replies: new Set(),
  };
  private readonly hasLostBytes: Record<Direction, boolean> = { requests: false, replies: false };

  constructor(
    private readonly client: Socket,
    targetPort: number,
    private readonly faults: Readonly<Record<Direction, Fault>>,
    private readonly events: ConnectionEvents,
  ) {
    this.server = connect({ port: targetPort, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    this.wire('requests', this.client);
    this.wire('replies', this.server);
  }

  reset(): void {
    this.cancelTimers('requests');
    this.cancelTimers('replies');
    // Libuv refuses to reset a socket whose end is under way, and Node 20 then never closes it.
    if (this.client.writableEnded) this.client.destroy();
    else this.client.resetAndDestroy();
    this.server.destroy();
  }

  /** What is late in another direction stays late. */
  onFaultsChanged(directions: readonly Direction[]): void {
    for (const direction of directions) {
      const { kind } = this.faults[direction];
      if (kind === 'drop' || kind === 'hold') continue;
      if (this.hasLostBytes[direction]) return this.reset();
      this.cancelTimers(direction); // what is late goes first, or the stream would change its order
      for (const parcel of this.held[direction].splice(0)) this.forward(direction, parcel);
    }
  }

  private wire(direction: Direction, from: Socket): void {
    from.on('data', (chunk: Buffer) => this.take(direction, chunk));
    from.on('end', () => this.take(direction, 'end'));
    from.on('error', () => this.reset());
    from.on('close', () => {
      if (this.client.destroyed && this.server.destroyed) this.events.onClosed();
    });
  }

  private take(direction: Direction, parcel: Parcel): void {
    const fault = this.faults[direction];
    if (parcel !== 'end') {
      this.events.onBytes(direction, parcel.length, fault.kind === 'drop');
      if (direction === 'requests') for (const args of this.reader.push(parcel)) this.events.onCommand(args);
    }
    switch (fault.kind) {
      case 'drop':
        this.hasLostBytes[direction] = true;
        return;
      case 'hold':
        this.held[direction].push(parcel);
        return;
      case 'delay':
        this.held[direction].push(parcel);
        return this.deliverNextAfter(fault.delayMs, direction);
      case 'pass':
        return this.forward(direction, parcel);
    }
  }

  private forward(direction: Direction, parcel: Parcel): void {
    const to = direction === 'requests' ? this.server : this.client;
    if (to.destroyed || to.writableEnded) return;
    if (parcel === 'end') to.end();
    else to.write(parcel);
  }

  private deliverNextAfter(delayMs: number, direction: Direction): void {
    const timers = this.timers[direction];
    const timer = setTimeout(() => {
      timers.delete(timer);
      const parcel = this.held[direction].shift();
      if (parcel !== undefined) this.forward(direction, parcel);
    }, delayMs);
    timers.add(timer);
  }

  private cancelTimers(direction: Direction): void {
    for (const timer of this.timers[direction]) clearTimeout(timer);
    this.timers[direction].clear();
  }
}
