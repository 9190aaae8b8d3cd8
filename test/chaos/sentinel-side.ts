/** A primary, two replicas and three Sentinels. The processes ask the Sentinels, and go to the primary directly. */
import { SENTINEL_GROUP, startSentinel, type Sentinel } from '../support/redis-sentinel';
import { startRedis, type RedisServer } from '../support/redis-server';
import { waitFor } from '../support/wait-for';
import { failovers, follow, isEstablished, type Replicated } from './failovers';
import type { HistoryEvent } from './history';
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
  note: (event: HistoryEvent) => void,
  onMoved: () => void,
): Promise<RedisSide> {
  const args = isNarrow ? [...ARGS, ...NARROW_ARGS] : ARGS;
  const [first, ...others] = [
    await startRedis({ args }),
    await startRedis({ args }),
    await startRedis({ args }),
  ] as const;
  const roles = new RoleWatch([first, ...others], note, onMoved);
  // Not by their settings: one that comes back believes that it is the primary, as after a crash before it was told otherwise.
  const follows = (server: RedisServer, primary: RedisServer) =>
    roles.clientOf(server).replicaof('127.0.0.1', primary.port);
  for (const server of others) await follows(server, first);
  await waitFor(() => follow(roles), { describe: 'two replicas' });
  const sentinels: Sentinel[] = [];
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
    env: () => ({
      REDIS_SENTINELS: sentinels.map(({ port }) => `127.0.0.1:${port}`).join(','),
      REDIS_SENTINEL_NAME: SENTINEL_GROUP,
      ...(isNarrow ? NARROW_ENV : {}),
    }),
    proxy: () => null,
    server: () => roles.primary.server,
    primary: () => roles.primary.client,
    nemeses: failovers(replicated),
    figures: () => roles.figures,
    heal: async () => {
      for (const server of roles.servers) {
        server.resume();
        if (!server.running) await roles.bringBack(server);
      }
    },
    settle: () => roles.stop(),
    stop: async () => {
      for (const sentinel of sentinels) await sentinel.stop();
      for (const server of roles.servers) await server.stop();
    },
  };
}
