/**
 * Something outside that the work writes to over TCP, and that knows nothing of leases: it compares tokens.
 *
 * Decides by itself what it accepts, and notices when it has accepted what it must not: an older token after a newer one was accepted, had
 * sealed it or was active; and when two claims come with one token. What it does not do is a planted bug.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { now, timed } from './history';

export interface FencedResourceOptions {
  /** `false`: the planted bug `no-fence`. */
  readonly compares?: boolean;
  /** `false`: the planted bug `no-seal`. */
  readonly seals?: boolean;
}

/** What it did with each word that it was given, in order. */
export interface ResourceEvent {
  readonly at: number;
  readonly what: 'accepted' | 'refused' | 'sealed' | 'active';
  readonly token: number;
}

export class FencedResource {
  readonly log: ResourceEvent[] = [];
  readonly findings: string[] = [];
  accepted = 0;
  refused = 0;
  /** That was accepted or has sealed it. */
  #newest = 0;
  /** Of whom it was told that it is active. */
  #newestActive = 0;
  readonly #claims = new Map<number, string>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(private readonly options: FencedResourceOptions = {}) {
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

  /** `seal` with a token; `begin`, `active` or `write` with the token and the claim that it comes from. */
  #take(line: string, socket: Socket): void {
    const { compares = true, seals = true } = this.options;
    const [verb, text, claimId = ''] = line.split(' ');
    const token = Number(text);
    if (verb !== 'seal') this.#identify(token, claimId);
    if (verb === 'begin') return;
    if (verb === 'seal') {
      if (seals) this.#newest = Math.max(this.#newest, token);
      this.#note('sealed', token);
      socket.write('\n');
    } else if (verb === 'active') {
      this.#newestActive = Math.max(this.#newestActive, token);
      this.#note('active', token);
    } else if (compares && token < this.#newest) {
      this.refused += 1;
      this.#note('refused', token);
    } else this.#accept(token);
  }

  #note(what: ResourceEvent['what'], token: number): void {
    this.log.push({ at: now(), what, token });
  }

  /** A resource cannot tell two claims apart that have one token. */
  #identify(token: number, claimId: string): void {
    const known = this.#claims.get(token) ?? claimId;
    this.#claims.set(token, known);
    if (known !== claimId) this.#find(`token ${token} came from claim ${known} and from claim ${claimId}`);
  }

  #accept(token: number): void {
    this.accepted += 1;
    this.#note('accepted', token);
    if (token < this.#newest) this.#find(`the resource accepted token ${token} after ${this.#newest}`);
    else if (token < this.#newestActive)
      this.#find(`the resource accepted token ${token} after ${this.#newestActive} was active`);
    this.#newest = Math.max(this.#newest, token);
  }

  #find(finding: string): void {
    this.findings.push(timed(`fencing: ${finding}`, now()));
  }
}
