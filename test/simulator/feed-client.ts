/** A plain client of the feed for specs: keeps every message, and waits for those a spec names. */
import { WebSocket } from 'ws';

export type FeedMessage = Readonly<Record<string, unknown>>;

export class FeedClient {
  /** Every frame that was JSON, in order; others are kept as `{ type: 'not-json', text }`. */
  readonly messages: FeedMessage[] = [];
  /** Code and reason of the close, once it is closed. */
  readonly closed: Promise<{ code: number; reason: string }>;
  private read = 0;
  private wake: () => void = () => undefined;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.messages.push(parse(data.toString()));
      this.wake();
    });
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.wake();
        resolve({ code, reason: reason.toString() });
      });
    });
  }

  /** Resolves with an open client; rejects when the socket is refused. */
  static async open(url: string, headers: Record<string, string> = {}): Promise<FeedClient> {
    const socket = new WebSocket(url, { headers });
    const client = new FeedClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  send(message: object | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The next unread message that fits; those before it are skipped. Rejects when the socket closes first. */
  async until(fits: (message: FeedMessage) => boolean): Promise<FeedMessage> {
    for (;;) {
      const message = this.messages[this.read];
      if (message === undefined) await this.more();
      else {
        this.read++;
        if (fits(message)) return message;
      }
    }
  }

  /** The next `count` unread messages that fit. */
  async collect(count: number, fits: (message: FeedMessage) => boolean = () => true): Promise<FeedMessage[]> {
    const found: FeedMessage[] = [];
    while (found.length < count) found.push(await this.until(fits));
    return found;
  }

  close(): void {
    this.socket.close();
  }

  private async more(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) throw new Error('the feed has closed');
    await new Promise<void>((resolve) => {
      this.wake = resolve;
    });
  }
}

function parse(text: string): FeedMessage {
  try {
    return JSON.parse(text) as FeedMessage;
  } catch {
    return { type: 'not-json', text };
  }
}
