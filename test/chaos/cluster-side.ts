/** Three primaries with a replica each. The processes go to the nodes directly; faults hit the two that have the exchange's slot. */
import type { Redis } from 'ioredis';
import { freePort } from '../../scripts/processes/free-port.mjs';
import { keys } from '../../src/registry/redis/keys';
import { startRedis, type RedisServer } from '../support/redis-server';
import { waitFor } from '../support/wait-for';
import { failovers, follow, isEstablished, type Replicated } from './failovers';
import { Network } from './network';
import type { RedisSideOptions } from './profiles';
import { outsiderOf, type RedisSide } from './redis-side';
import { EXCHANGE_ID } from './redis-watch';
import { RoleWatch } from './role-watch';

const SLOTS = 16_384;
const PRIMARIES = 3;

async function startNode(): Promise<RedisServer> {
  const settings = {
    appendonly: 'yes',
    'cluster-enabled': 'yes',
    'cluster-announce-ip': '127.0.0.1',
    'cluster-node-timeout': '1000',
    'cluster-port': `${await freePort()}`,
    'repl-diskless-sync-delay': '0',
  };
  return startRedis({ args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]) });
}

async function each(clients: readonly Redis[], isSo: (client: Redis) => Promise<boolean>): Promise<boolean> {
  return (await Promise.all(clients.map(isSo))).every(Boolean);
}

/** Makes a cluster of them: every primary has a third of the slots and one replica. */
async function join(nodes: readonly RedisServer[], clients: readonly Redis[]): Promise<void> {
  for (const [at, client] of clients.slice(0, PRIMARIES).entries()) {
    const from = Math.ceil((at * SLOTS) / PRIMARIES);
    await client.call('CLUSTER', 'ADDSLOTSRANGE', from, Math.ceil(((at + 1) * SLOTS) / PRIMARIES) - 1);
  }
  const [first, ...others] = clients;
  for (const [at, client] of others.entries()) {
    const [, bus = ''] = (await client.config('GET', 'cluster-port')) as string[];
    await first?.call('CLUSTER', 'MEET', '127.0.0.1', nodes[at + 1]?.port ?? 0, bus);
  }
  const knowAll = async (client: Redis) =>
    String(await client.call('CLUSTER', 'INFO')).includes(`cluster_known_nodes:${nodes.length}`);
  await waitFor(() => each(clients, knowAll), { describe: 'nodes that know each other' });
  for (const [at, client] of clients.slice(PRIMARIES).entries())
    await client.call('CLUSTER', 'REPLICATE', String(await clients[at]?.call('CLUSTER', 'MYID')));
  const isUp = async (client: Redis) =>
    String(await client.call('CLUSTER', 'INFO')).includes('cluster_state:ok');
  const hasReplica = async (client: Redis) => (await client.role())[0] !== 'master';
  await waitFor(async () => (await each(clients, isUp)) && each(clients.slice(PRIMARIES), hasReplica), {
    describe: 'a cluster',
  });
}

export async function startClusterSide({ slots, note, onChange }: RedisSideOptions): Promise<RedisSide> {
  const nodes: RedisServer[] = [];
  while (nodes.length < 2 * PRIMARIES) nodes.push(await startNode());
  const clients = nodes.map((node) => outsiderOf(node));
  await join(nodes, clients);
  const slot = Number(await clients[0]?.call('CLUSTER', 'KEYSLOT', keys.status(EXCHANGE_ID)));
  const at = Math.floor((slot * PRIMARIES) / SLOTS);
  const [primary, replica] = [nodes[at], nodes[at + PRIMARIES]];
  if (primary === undefined || replica === undefined) throw new RangeError(`no node has slot ${slot}`);
  const roles: RoleWatch = new RoleWatch([primary, replica], note, onChange, () => promotedOf(roles));
  await waitFor(() => follow(roles), { describe: 'the replica of the slot' });
  const network = await Network.start(
    slots,
    nodes.map(({ port }) => port),
  );
  roles.start();
  const back = async (server: RedisServer) => {
    server.resume();
    if (!server.running) await roles.bringBack(server);
  };
  const replicated: Replicated = {
    roles,
    // In order, at once, or without asking the others.
    order: ({ force }) => {
      const how = force < 0.5 ? [] : [force < 0.75 ? 'FORCE' : 'TAKEOVER'];
      const heir = roles.servers.find((server) => server !== roles.primary.server) ?? replica;
      return roles.clientOf(heir).call('CLUSTER', 'FAILOVER', ...how);
    },
    mend: back,
    isWhole: async () => {
      if (!(await follow(roles))) return false;
      // A replica answers only when it is told that old answers will do.
      for (const server of roles.servers) await roles.clientOf(server).readonly();
      return isEstablished(roles);
    },
  };
  return {
    env: (of) => ({
      ...network.env(of),
      REDIS_CLUSTER_NODES: nodes.map(({ port }) => `127.0.0.1:${port}`).join(','),
    }),
    ways: (of) => network.of(of),
    server: () => roles.primary.server,
    primary: () => roles.primary.client,
    nemeses: failovers(replicated),
    figures: () => roles.figures,
    heal: async () => {
      await network.heal();
      for (const node of nodes) await back(node);
    },
    settle: async () => {
      await roles.stop();
      for (const client of clients) client.disconnect();
    },
    stop: async () => {
      await network.stop();
      for (const node of nodes) await node.stop();
    },
  };
}

/** Each promotion has an epoch of its own, greater than those before. */
async function promotedOf(roles: RoleWatch): Promise<number | null> {
  const told = await Promise.all(
    roles.servers.map(async (server) => {
      const info = String(await roles.clientOf(server).call('CLUSTER', 'INFO'));
      return { port: server.port, epoch: Number(/cluster_my_epoch:(\d+)/.exec(info)?.[1]) };
    }),
  );
  return told.toSorted((a, b) => b.epoch - a.epoch)[0]?.port ?? null;
}
