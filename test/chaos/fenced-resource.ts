/**
 * Something outside that the work writes to over TCP, and that knows nothing of leases: it compares tokens.
 *
 * Decides by itself what it accepts, and notices when it has accepted what it must not: an older token after a newer one was accepted
 * or had sealed it. `compares: false` is the planted bug `no-fence`.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export class FencedResource {
  readonly findings: string[] = [];
  accepted = 0;
  refused = 0;
  #newest = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(private readonly compares: boolean) {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => void this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => void this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    let rest = '';
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#take(line, socket);
    });
  }

  #take(line: string, socket: Socket): void {
    const [verb, text] = line.split(' ');
    const token = Number(text);
    if (verb === 'seal') {
      this.#newest = Math.max(this.#newest, token);
      socket.write('\n');
    } else if (this.compares && token < this.#newest) this.refused += 1;
    else this.#accept(token);
  }

  #accept(token: number): void {
    this.accepted += 1;
    if (token < this.#newest)
      this.findings.push(`fencing: the resource accepted token ${token} after ${this.#newest}`);
    this.#newest = Math.max(this.#newest, token);
  }
}
