/** The network between the processes and the servers: each process has a proxy of its own on the way to each server. */
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy';

/** Only the processes go this way: what the servers tell each other, and what the harness asks them, does not. */
export class Network {
  private constructor(private readonly ways: readonly (readonly TcpProxy[])[]) {}

  /** Between so many processes and the servers on these ports. */
  static async start(slots: number, ports: readonly number[]): Promise<Network> {
    const ofOne = () => Promise.all(ports.map((port) => startTcpProxy(port)));
    return new Network(await Promise.all(Array.from({ length: slots }, ofOne)));
  }

  /** The ways of the process in this slot, in the order of the servers. */
  of(slot: number): readonly TcpProxy[] {
    const ways = this.ways[slot];
    if (ways === undefined) throw new RangeError(`no slot ${slot}`);
    return ways;
  }

  /** For a process that is told the addresses of the servers themselves (fixtures/network.cjs). */
  env(slot: number): Readonly<Record<string, string>> {
    return {
      CHAOS_NETWORK: JSON.stringify(this.of(slot).map(({ targetPort, port }) => [targetPort, port])),
    };
  }

  async heal(): Promise<void> {
    await Promise.all(this.ways.flat().map((way) => way.pass()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.ways.flat().map((way) => way.stop()));
  }
}
