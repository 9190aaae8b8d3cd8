import type { Cluster, Redis } from 'ioredis';
import { LeaseConnection } from '../../../src/registry/redis/connection';
import { keys } from '../../../src/registry/redis/keys';
import { RedisActivityLog } from '../../../src/registry/redis/redis-activity-log';
import { RedisCommandQueue } from '../../../src/registry/redis/redis-command-queue';
import { RedisFencedWriter } from '../../../src/registry/redis/redis-fenced-writer';
import { RedisLeaseStore } from '../../../src/registry/redis/redis-lease-store';
import type { ShiftedClock } from '../../support/shifted-clock';
import { waitFor } from '../../support/wait-for';
import type { StoreWorld } from './store-world';

/** The Redis adapters on a connection of their own, and `outsider`, a client that does as it likes. */
export interface RedisWorld extends StoreWorld {
  readonly connection: LeaseConnection;
  readonly outsider: Redis | Cluster;
}

/** `application`: whose rights the adapters have; those of the outsider unless given. `clock`: of a server that can shift it. */
export async function redisWorld(
  outsider: Redis | Cluster,
  application: Redis | Cluster = outsider,
  clock: ShiftedClock | null = null,
): Promise<RedisWorld> {
  const connection = new LeaseConnection(application, { commandTimeoutMs: 2_000 });
  await connection.whenReady(5_000);
  const status = keys.status(1);
  /** Where its clock stands still; `null` while it goes. */
  let stillMs: number | null = null;
  const put = (text: string, ttlMs: number | null) =>
    ttlMs === null ? outsider.set(status, text) : outsider.set(status, text, 'PX', ttlMs);
  return {
    connection,
    outsider,
    store: new RedisLeaseStore(connection.client, () => connection.forBulk()),
    log: new RedisActivityLog(connection),
    queue: new RedisCommandQueue(connection),
    writer: new RedisFencedWriter(connection.client),
    statusText: async () => ((await outsider.type(status)) === 'string' ? outsider.get(status) : null),
    statusTtlMs: async () => {
      const ttlMs = await outsider.pttl(status);
      if (ttlMs === -2) return null;
      return ttlMs === -1 ? Infinity : ttlMs;
    },
    putStatus: async (text, ttlMs) => {
      await put(text, ttlMs);
    },
    putOtherType: async (ttlMs) => {
      await outsider.del(status);
      await outsider.rpush(status, 'x');
      if (ttlMs !== null) await outsider.pexpire(status, ttlMs);
    },
    dropStatus: async () => {
      await outsider.del(status);
    },
    dropFence: async () => {
      await outsider.del(keys.fence(1));
    },
    putFence: async ({ ended, untilMs, fencingToken = 5 }) => {
      const runId = /run_id:(\w+)/.exec(await outsider.info('server'))?.[1];
      await outsider.set(keys.fence(1), [fencingToken, '-', ended, untilMs, runId, 'z'].join(' '));
    },
    nowMs: () => timeMs(outsider),
    shiftClock: (offsetMs) => {
      settable(clock).offsetMs = offsetMs;
      stillMs = null;
    },
    stopClock: async () => {
      stillMs = await timeMs(outsider);
      settable(clock).standStillAt(stillMs);
      return stillMs;
    },
    changeIdentity: async () => {
      const fence = (await outsider.get(keys.fence(1))) ?? '';
      const [token, claim, ended, until, , instance] = fence.split(' ');
      await outsider.set(keys.fence(1), [token, claim, ended, until, 'another', instance].join(' '));
    },
    loseMemory: async () => {
      await outsider.flushall();
    },
    pass: async (ms) => {
      if (stillMs !== null) {
        stillMs += ms;
        settable(clock).standStillAt(stillMs);
        return;
      }
      const startMs = await timeMs(outsider);
      await waitFor(async () => (await timeMs(outsider)) >= startMs + ms, { intervalMs: 1 });
    },
  };
}

function settable(clock: ShiftedClock | null): ShiftedClock {
  if (clock === null) throw new Error('the clock of this Redis cannot be set');
  return clock;
}

async function timeMs(client: Redis | Cluster): Promise<number> {
  const [seconds, micros] = await client.time();
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}
