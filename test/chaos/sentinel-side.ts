/** A primary, two replicas and three Sentinels. The processes ask the Sentinels, and go to the primary that they name. */
import { SENTINEL_GROUP, startSentinel, type Sentinel } from '../support/redis-sentinel';
import { startRedis, type RedisServer } from '../support/redis-server';
import { waitFor } from '../support/wait-for';
import { failovers, follow, isEstablished, type Replicated } from './failovers';
import { Network } from './network';
import type { RedisSideOptions } from './profiles';
import type { RedisSide } from './redis-side';
import { RoleWatch } from './role-watch';

const ARGS = ['--appendonly', 'yes', '--repl-diskless-sync-delay', '0'];
/** What the README recommends: a primary without replicas takes no writes, and a claim counts when a replica has it. */
const NARROW_ARGS = ['--min-replicas-to-write', '1', '--min-replicas-max-lag', '1'];
const NARROW_ENV = { WAIT_REPLICAS: '1' };
/** Of the Sentinels too: twice as long they let pass before they try again. */
const FAILOVER_TIMEOUT_MS = 1_000;

export async function startSentinelSide(
  isNarrow: boolean,
  { slots, note, onChange }: RedisSideOptions,
): Promise<RedisSide> {
  const args = isNarrow ? [...ARGS, ...NARROW_ARGS] : ARGS;
  const [first, ...others] = [
    await startRedis({ args }),
    await startRedis({ args }),
    await startRedis({ args }),
  ] as const;
  const sentinels: Sentinel[] = [];
  const roles = new RoleWatch([first, ...others], note, onChange, () => promotedBy(sentinels));
  // Not by their settings: one that comes back believes that it is the primary, as after a crash before it was told otherwise.
  const follows = (server: RedisServer, primary: RedisServer) =>
    roles.clientOf(server).replicaof('127.0.0.1', primary.port);
  for (const server of others) await follows(server, first);
  await waitFor(() => follow(roles), { describe: 'two replicas' });
  for (let at = 0; at < 3; at += 1)
    sentinels.push(await startSentinel(first, 2, { failoverTimeoutMs: FAILOVER_TIMEOUT_MS }));
  for (const sentinel of sentinels) {
    const knows = async (what: string) => {
      const known = (await sentinel.ask('SENTINEL', what, SENTINEL_GROUP)) as unknown[];
      return known.length === 2;
    };
    await waitFor(async () => (await knows('sentinels')) && knows('replicas'), {
      describe: `${sentinel.name} to know the others`,
    });
  }
  const network = await Network.start(
    slots,
    [...roles.servers, ...sentinels].map(({ port }) => port),
  );
  roles.start();
  const replicated: Replicated = {
    roles,
    order: async ({ force }) =>
      sentinels[Math.floor(force * sentinels.length)]?.ask('SENTINEL', 'FAILOVER', SENTINEL_GROUP),
    mend: async (server, { force }) => {
      server.resume();
      if (!server.running) await roles.bringBack(server);
      // Half of the time it is left to the Sentinels, which take their time.
      if (force < 0.5 && server !== roles.primary.server) await follows(server, roles.primary.server);
    },
    isWhole: async () => (await follow(roles)) && isEstablished(roles),
  };
  return {
    env: (slot) => ({
      ...network.env(slot),
      REDIS_SENTINELS: sentinels.map(({ port }) => `127.0.0.1:${port}`).join(','),
      REDIS_SENTINEL_NAME: SENTINEL_GROUP,
      ...(isNarrow ? NARROW_ENV : {}),
    }),
    ways: (slot) => network.of(slot),
    server: () => roles.primary.server,
    primary: () => roles.primary.client,
    nemeses: failovers(replicated),
    figures: () => roles.figures,
    heal: async () => {
      await network.heal();
      for (const server of roles.servers) {
        server.resume();
        if (!server.running) await roles.bringBack(server);
      }
    },
    settle: () => roles.stop(),
    stop: async () => {
      await network.stop();
      for (const sentinel of sentinels) await sentinel.stop();
      for (const server of roles.servers) await server.stop();
    },
  };
}

/** Whom the newest of their decisions has promoted: one after the other they hear of it. */
async function promotedBy(sentinels: readonly Sentinel[]): Promise<number | null> {
  const told = await Promise.all(
    sentinels.map(async (sentinel) => {
      const [, port] = (await sentinel.ask(
        'SENTINEL',
        'get-master-addr-by-name',
        SENTINEL_GROUP,
      )) as string[];
      const master = (await sentinel.ask('SENTINEL', 'master', SENTINEL_GROUP)) as string[];
      return { port: Number(port), epoch: Number(master[master.indexOf('config-epoch') + 1]) };
    }),
  );
  return told.toSorted((a, b) => b.epoch - a.epoch)[0]?.port ?? null;
}
