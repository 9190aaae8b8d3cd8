/** The Redis that the processes share, as the harness sees it: one server, or several of which one takes the writes. */
import type { Redis } from 'ioredis';
import { startRedis, type RedisServer } from '../support/redis-server';
import type { TcpProxy } from '../support/tcp-proxy';
import type { Nemesis } from './nemeses';
import { Network } from './network';
import type { FaultKind } from './plan';

export interface RedisSide {
  /** How the process in this slot finds it. */
  env(slot: number): Readonly<Record<string, string>>;
  /** From there to every server. */
  ways(slot: number): readonly TcpProxy[];
  /** The server that takes the writes now. */
  readonly server: () => RedisServer;
  /** A client of it, past every proxy. */
  readonly primary: () => Redis;
  /** Faults that only this kind of Redis has, or has otherwise. */
  readonly nemeses: Readonly<Partial<Record<FaultKind, Nemesis>>>;
  /** For the record of the run. */
  figures(): Readonly<Record<string, number>>;
  /** Nothing is wrong with it any more. */
  heal(): Promise<void>;
  /** Puts into the history what it has still to say; nothing is moved any more. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

/** The name of the harness's connections. */
export const OUTSIDER = 'chaos';

/** Connection errors are shown by the commands, which fail soon. */
export function outsiderOf(server: RedisServer): Redis {
  return server.client({
    connectionName: OUTSIDER,
    commandTimeout: 1_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => 50,
  });
}

/** One server, and a proxy in front of it for each slot. `shiftsClock`: where Linux can do that. */
export async function startStandalone(slots: number, { shiftsClock = false } = {}): Promise<RedisSide> {
  const server = await startRedis({
    // Every write is in the file before it is answered, and survives a kill; only the machine's own death would need more.
    args: ['--appendonly', 'yes', '--appendfsync', 'no'],
    shiftsClock: shiftsClock && process.platform === 'linux',
  });
  const client = outsiderOf(server);
  const network = await Network.start(slots, [server.port]);
  return {
    env: (slot) => ({ REDIS_URL: network.of(slot)[0]?.url ?? server.url }),
    ways: (slot) => network.of(slot),
    server: () => server,
    primary: () => client,
    nemeses: {},
    figures: () => ({}),
    heal: async () => {
      server.resume();
      await network.heal();
    },
    settle: () => Promise.resolve(),
    stop: async () => {
      client.disconnect();
      await network.stop();
      await server.stop();
    },
  };
}
