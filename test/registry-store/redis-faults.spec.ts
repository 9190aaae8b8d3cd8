import { inspect } from 'node:util';
import { LeaseConnection } from '../../src/registry/redis/connection';
import { keys } from '../../src/registry/redis/keys';
import type { RedisLike } from '../../src/registry/redis/redis-like';
import { RedisActivityLog } from '../../src/registry/redis/redis-activity-log';
import { RedisLeaseStore } from '../../src/registry/redis/redis-lease-store';
import { StoreUnavailableError } from '../../src/registry/registry.errors';
import { useCleanUp } from '../support/hooks';
import { startRedis, type RedisServer } from '../support/redis-server';
import { startTcpProxy } from '../support/tcp-proxy';
import { waitFor } from '../support/wait-for';
import {
  claimed,
  claimRequest,
  event,
  releaseRequest,
  renew,
  revokeRequest,
  writeRequest,
} from './contract/requests';

const open: LeaseConnection[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((connection) => connection.close()));
});
useCleanUp();

/** The registry's side, on a client that itself never connects; by way of a proxy, given its port. */
async function connect(
  redis: RedisServer,
  { port = redis.port, commandTimeoutMs = 600 } = {},
): Promise<LeaseConnection> {
  const connection = new LeaseConnection(redis.application({ port }), { commandTimeoutMs });
  open.push(connection);
  await connection.whenReady(5_000);
  return connection;
}

async function storeOn(redis: RedisServer, port = redis.port): Promise<RedisLeaseStore> {
  return new RedisLeaseStore((await connect(redis, { port })).client);
}

/** A client to which every command is answered alike. */
function answering(reply: unknown): RedisLike {
  return {
    call: async () => reply,
    pipeline: () => {
      throw new Error('one request needs no pipeline');
    },
  };
}

describe('a network that fails', () => {
  it('makes a claim whose reply is lost unknown; sent again, it is the same claim', async () => {
    const redis = await startRedis();
    const proxy = await startTcpProxy(redis.port);
    const store = await storeOn(redis, proxy.port);
    await claimed(store, 'z1', { exchangeId: 2 });
    proxy.dropReplies();
    expect(await store.claim(claimRequest('a1'))).toMatchObject({ outcome: 'unknown' });
    const stored = JSON.parse((await redis.client().get(keys.status(1))) ?? '');
    await proxy.pass();
    const again = await waitFor(async () => {
      const outcome = await store.claim(claimRequest('a1'));
      return outcome.outcome === 'claimed' && outcome;
    });
    expect(again.fencingToken).toBe(stored.fencingToken);
  });

  it('makes a claim that never arrived unknown, and sends nothing behind its back later', async () => {
    const redis = await startRedis();
    const proxy = await startTcpProxy(redis.port);
    const store = await storeOn(redis, proxy.port);
    await claimed(store, 'z1', { exchangeId: 2 });
    proxy.dropRequests();
    expect(await store.claim(claimRequest('a1'))).toMatchObject({ outcome: 'unknown' });
    await proxy.pass();
    await waitFor(async () => (await store.read([2]))[0]?.outcome === 'read');
    expect(await redis.client().exists(keys.status(1))).toBe(0);
  });

  it('delivers a write late, after it was sent again with more: nothing is undone or repeated', async () => {
    const redis = await startRedis();
    const proxy = await startTcpProxy(redis.port);
    const [slow, fast] = [await storeOn(redis, proxy.port), await storeOn(redis)];
    const held = await claimed(fast, 'a1');
    await slow.read([1]);
    const first = writeRequest(held, { events: [event('a1', 1)] });
    proxy.hold('requests');
    const late = slow.write(first);
    await fast.write(first);
    const newer = { ...first.status, revision: 4, connectionState: 'active' as const };
    await fast.write({ ...first, status: newer, events: [event('a1', 1), event('a1', 2)] });
    proxy.release();
    await late;
    await waitFor(async () => (await slow.read([1]))[0]?.outcome === 'read');
    const text = (await redis.client().get(keys.status(1))) ?? '';
    expect(JSON.parse(text)).toMatchObject({ revision: 4, connectionState: 'active' });
    expect(await redis.client().xlen(keys.activity(1))).toBe(2);
  });

  it('gives an answer in time while the server stands still', async () => {
    const redis = await startRedis();
    const store = await storeOn(redis);
    redis.pause();
    const [outcome] = await store.read([1]);
    expect(outcome).toMatchObject({ outcome: 'unknown', error: { code: 'STORE_UNAVAILABLE' } });
    redis.resume();
    await waitFor(async () => (await store.read([1]))[0]?.outcome === 'read');
  });

  it('is told in errors of our own, without the client and its secrets', async () => {
    const redis = await startRedis({ password: 'very-secret' });
    const connection = await connect(redis);
    await redis.kill();
    const outcome = await new RedisLeaseStore(connection.client).claim(claimRequest('a1'));
    if (outcome.outcome !== 'unknown') throw new Error('a dead Redis granted a claim');
    expect(outcome.error).toBeInstanceOf(StoreUnavailableError);
    expect(inspect(outcome.error, { depth: 9 })).not.toMatch(/very-secret|evalsha/);
  });

  it('shifts replies: one that answers another request decides nothing', async () => {
    const held = { claimId: 'a1', fencingToken: 7 };
    for (const reply of [
      ['b9', 'renewed', '0', '1', '1'],
      'OK',
      1,
      null,
      ['a1'],
      ['a1', 'renewed', 'x', '1', '1'],
    ]) {
      const outcome = await renew(new RedisLeaseStore(answering(reply)), held);
      expect(outcome).toMatchObject({ outcome: 'unknown', error: { code: 'STORE_UNAVAILABLE' } });
    }
  });
});

describe('a Redis that refuses', () => {
  it.each([
    { why: 'is full', setting: ['maxmemory', '1'], reason: /OOM/ },
    { why: 'misses its replicas', setting: ['min-replicas-to-write', '1'], reason: /NOREPLICAS/ },
  ] as const)('makes a claim unknown when it $why', async ({ setting: [name, value], reason }) => {
    const redis = await startRedis();
    const store = await storeOn(redis);
    await redis.client().config('SET', name, value);
    expect(await store.claim(claimRequest('a1'))).toMatchObject({
      outcome: 'unknown',
      error: { reason: expect.stringMatching(reason) },
    });
    expect(await redis.client().exists(keys.status(1))).toBe(0);
  });

  it('still takes a release and a revocation when it is full', async () => {
    const redis = await startRedis();
    const store = await storeOn(redis);
    const first = await claimed(store, 'a1');
    await claimed(store, 'b1', { exchangeId: 2 });
    await redis.client().config('SET', 'maxmemory', '1');
    const events = [event('a1', 1, 'released')];
    expect(await store.release(releaseRequest(first, { events }))).toEqual({
      outcome: 'released',
      loggedSeq: 1,
    });
    expect(await store.revoke(revokeRequest({ exchangeId: 2 }))).toMatchObject({ outcome: 'revoked' });
  });

  it.each(['LOADING Redis is loading the dataset in memory', 'CLUSTERDOWN Hash slot not served'])(
    'leaves the outcome unknown when it answers %s',
    async (message) => {
      const refuse = () => Promise.reject(new Error(message));
      const store = new RedisLeaseStore({
        call: refuse,
        pipeline: () => {
          throw new Error('one request needs no pipeline');
        },
      });
      expect(await store.claim(claimRequest('a1'))).toMatchObject({
        outcome: 'unknown',
        error: { code: 'STORE_UNAVAILABLE', reason: expect.stringContaining(message) },
      });
    },
  );

  it('is left for its successor when it has become a replica', async () => {
    const redis = await startRedis();
    const store = await storeOn(redis);
    await store.read([1]);
    await redis.client().replicaof('127.0.0.1', '1');
    expect(await store.claim(claimRequest('a1'))).toMatchObject({
      outcome: 'unknown',
      error: { reason: expect.stringMatching(/READONLY/) },
    });
    await redis.client().replicaof('NO', 'ONE');
    await waitFor(async () => (await store.claim(claimRequest('a1'))).outcome === 'claimed');
  });
});

describe('replicas', () => {
  it('are counted in the flight of the claim', async () => {
    const primary = await startRedis({ args: ['--repl-diskless-sync-delay', '0'] });
    await startRedis({ args: ['--replicaof', `127.0.0.1 ${primary.port}`] });
    const asking = primary.client();
    await waitFor(async () => /slave0:.*state=online/.test(await asking.info('replication')));
    await primary.allow('+wait');
    const store = new RedisLeaseStore((await connect(primary, { commandTimeoutMs: 5_000 })).client);
    const request = { waitReplicas: 1, waitTimeoutMs: 4_000 };
    expect(await store.claim(claimRequest('a1', request))).toMatchObject({ outcome: 'claimed', replicas: 1 });
    expect(await store.claim(claimRequest('a1', request))).toMatchObject({ outcome: 'claimed', replicas: 1 });
  });

  it('that are missing leave the count low, for the claimant to judge', async () => {
    const redis = await startRedis();
    await redis.allow('+wait');
    const store = await storeOn(redis);
    const request = claimRequest('a1', { waitReplicas: 1, waitTimeoutMs: 20 });
    expect(await store.claim(request)).toMatchObject({ outcome: 'claimed', replicas: 0 });
  });
});

describe('a Redis that restarts', () => {
  const careful = { emptyStoreGrace: true, ttlMs: 1_500 };

  it('empty, makes claims wait one TTL of its uptime; tokens go on growing (I2)', async () => {
    const redis = await startRedis();
    const store = await storeOn(redis);
    const before = await claimed(store, 'a1');
    await redis.client().flushall();
    await redis.restart({ keepData: false });
    const first = await waitFor(async () => {
      const outcome = await store.claim(claimRequest('b1', careful));
      return outcome.outcome !== 'unknown' && outcome;
    });
    expect(first).toMatchObject({ outcome: 'deferred', reason: 'empty-store' });
    const after = await waitFor(async () => {
      const outcome = await store.claim(claimRequest('b1', careful));
      return outcome.outcome === 'claimed' && outcome;
    });
    expect(after.fencingToken).toBeGreaterThan(before.fencingToken);
    const info = await redis.client().info('server');
    expect(Number(/uptime_in_seconds:(\d+)/.exec(info)?.[1]) * 1000).toBeGreaterThanOrEqual(1_500);
  });

  it('with what its log had kept, makes claims wait for one TTL, also once the holder is back', async () => {
    const redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
    const store = await storeOn(redis);
    const held = await claimed(store, 'a1');
    await redis.restart({ keepData: true });
    await waitFor(async () => (await store.read([1]))[0]?.outcome === 'read');
    expect(await store.claim(claimRequest('b1', careful))).toMatchObject({ outcome: 'refused' });
    await redis.client().del(keys.status(1));
    const [before] = await store.read([1]);
    expect(await store.claim(claimRequest('b1', careful))).toMatchObject({
      outcome: 'deferred',
      reason: 'empty-store',
      retryAfterMs: 1_500,
    });
    expect(await renew(store, held)).toMatchObject({ outcome: 'renewed', healed: true });
    await redis.client().del(keys.status(1));
    const after = await waitFor(async () => {
      const outcome = await store.claim(claimRequest('b1', careful));
      return outcome.outcome === 'claimed' && outcome;
    });
    const waitedMs = after.storeTimeMs - (before?.outcome === 'read' ? before.storeTimeMs : Infinity);
    expect(waitedMs).toBeGreaterThanOrEqual(1_500);
  });

  it('does not interrupt those who follow the log', async () => {
    const redis = await startRedis();
    const connection = await connect(redis);
    const store = new RedisLeaseStore(connection.client);
    const stop = new AbortController();
    const seen: number[] = [];
    const following = (async () => {
      for await (const { seq } of new RedisActivityLog(connection).follow(1, '0-0', stop.signal))
        seen.push(seq);
    })();
    const append = (seq: number) =>
      waitFor(async () => {
        const events = [event('a1', seq)];
        return (await store.append({ exchangeId: 1, instanceId: 'a', events })).outcome === 'appended';
      });
    await append(1);
    await waitFor(() => seen.length === 1);
    await redis.restart({ keepData: true });
    await append(2);
    await waitFor(() => seen.length === 2);
    await redis.restart({ keepData: false });
    await append(3);
    await waitFor(() => seen.length === 3);
    stop.abort();
    await following;
    expect(seen).toEqual([1, 2, 3]);
  });
});
