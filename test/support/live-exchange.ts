/** An exchange for API processes: the simulator inside the test, with its faults and its witness at hand. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExchangeSimulator, type SimulatorAddress } from '../../src/exchange/simulator/exchange-simulator';
import type { FaultInput } from '../../src/exchange/simulator/fault.schema';
import { forgetResource, trackResource, type LiveResource } from './live-resources';

export class LiveExchange implements LiveResource {
  private constructor(
    readonly simulator: ExchangeSimulator,
    readonly address: SimulatorAddress,
  ) {}

  static async start(): Promise<LiveExchange> {
    const simulator = new ExchangeSimulator({ products: ['BTC-USD', 'ETH-USD'] });
    const exchange = new LiveExchange(simulator, await simulator.listen(0));
    trackResource(exchange);
    return exchange;
  }

  get name(): string {
    return `simulator on port ${this.address.port}`;
  }

  /** What the API needs to work on it as the exchange `simulator`. */
  get env(): { SIMULATOR_URL: string } {
    return { SIMULATOR_URL: this.address.restUrl };
  }

  /** Who is connected, and was; `undefined` before the first connection. */
  get witness() {
    return Object.values(this.simulator.witness.report().keys)[0];
  }

  /** Open sockets, subscribed or not. */
  get sockets(): number {
    return this.witness?.sockets.now ?? 0;
  }

  fault(fault: FaultInput): void {
    this.simulator.faults.add(fault);
  }

  async stop(): Promise<void> {
    await this.simulator.close();
    forgetResource(this);
  }
}

/** Starts a simulator. Stop it, or let `useCleanUp` do so. */
export const startExchange = () => LiveExchange.start();

/** An HTTP server with one answer to everything. Resolves to its address; `useCleanUp` stops it. */
export async function startHttpStub(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const resource: LiveResource = {
    name: `stub at ${url}`,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      forgetResource(resource);
    },
  };
  trackResource(resource);
  return url;
}

/** A file with this text; `useCleanUp` removes it. */
export async function temporaryFile(name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'registry-'));
  const path = join(folder, name);
  await writeFile(path, text);
  const resource: LiveResource = {
    name: path,
    stop: async () => {
      await rm(folder, { recursive: true, force: true });
      forgetResource(resource);
    },
  };
  trackResource(resource);
  return path;
}

/** A catalogue file with the exchange `simulator` (id 2) at these addresses. Resolves to its path. */
export function catalogueFile(restUrl: string, wsUrl: string): Promise<string> {
  const entry = {
    id: 2,
    name: 'simulator',
    displayName: 'An exchange of the test',
    adapter: 'coinbase',
    symbols: ['BTC-USD', 'ETH-USD'],
    restUrl,
    wsUrl,
  };
  return temporaryFile('exchanges.json', JSON.stringify([entry]));
}
