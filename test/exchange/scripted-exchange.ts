/** A feed that says what a test tells it to, true or not. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export const PRODUCT = 'BTC-USD';

export class ScriptedExchange {
  /** How many sockets have been taken in. */
  connections = 0;
  private readonly server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  private socket: WebSocket | undefined;

  static async open(): Promise<ScriptedExchange> {
    const exchange = new ScriptedExchange();
    await once(exchange.server, 'listening');
    return exchange;
  }

  private constructor() {
    this.server.on('connection', (socket) => {
      this.connections += 1;
      this.socket = socket;
      socket.on('error', () => {});
      socket.on('message', () => {
        const channels = ['heartbeat', 'matches'].map((name) => ({ name, product_ids: [PRODUCT] }));
        this.say({ type: 'subscriptions', channels });
      });
    });
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  say(message: unknown): void {
    this.socket?.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  match(tradeId: number, timeMs: number): void {
    const time = new Date(timeMs).toISOString();
    this.say({ type: 'match', product_id: PRODUCT, trade_id: tradeId, time, price: '100', size: '1' });
  }

  heartbeat(lastTradeId: number, timeMs: number): void {
    const time = new Date(timeMs).toISOString();
    this.say({ type: 'heartbeat', product_id: PRODUCT, last_trade_id: lastTradeId, time });
  }

  /** Breaks the connection off. */
  cut(): void {
    this.socket?.terminate();
  }

  async close(): Promise<void> {
    for (const socket of this.server.clients) socket.terminate();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}
