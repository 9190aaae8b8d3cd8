/**
 * Secrets are planted wherever the API is given one, every path is driven, good and bad, and then all that came out is
 * searched: output, answers, the event stream, and everything in Redis.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { BUILT_IN_CATALOGUE } from '../../src/exchange/built-in.catalogue';
import { startApi, type ApiOptions } from '../support/api-process';
import { useCleanUp } from '../support/hooks';
import { startExchange } from '../support/live-exchange';
import { documentedRights } from '../support/redis-acl';
import { SENTINEL_GROUP, startSentinel } from '../support/redis-sentinel';
import { startRedis, type RedisServer } from '../support/redis-server';
import { waitFor } from '../support/wait-for';
import { CANARY, canariesIn, Driven, REDIS_USER } from './planted';

useCleanUp();

/** The waits between two tries double each time: up to 16 s after the fourth that failed. */
const AFTER_TROUBLE = { timeoutMs: 40_000 };

it('the search finds a canary, however it is spelled', () => {
  expect(canariesIn(`x${encodeURIComponent(CANARY.redisPassword)}x`)).toEqual(['redisPassword']);
  expect(canariesIn(JSON.stringify({ a: CANARY.nodePassword }))).toEqual(['nodePassword']);
  expect(canariesIn(Buffer.from(`:${CANARY.operator}`).toString('hex'))).toEqual(['operator']);
  expect(canariesIn('nothing')).toEqual([]);
});

async function userOn(redis: RedisServer, password: string): Promise<void> {
  await redis.client().acl('SETUSER', REDIS_USER, 'reset', 'on', `>${password}`, ...documentedRights());
}

const urlOf = (port: number, password: string) =>
  `redis://${REDIS_USER}:${encodeURIComponent(password)}@127.0.0.1:${port}`;

/** Everything under every key. */
async function contents(client: Redis): Promise<string> {
  const texts = (await client.keys('*')).map(async (key) => {
    const type = await client.type(key);
    if (type === 'string') return [key, await client.get(key)];
    if (type === 'stream') return [key, await client.xrange(key, '-', '+')];
    return [key, type === 'zset' ? await client.zrange(key, '0', '-1') : type];
  });
  return JSON.stringify(await Promise.all(texts));
}

async function lifeOfAnInstance(): Promise<void> {
  const redis = await startRedis({ acl: false });
  const exchange = await startExchange();
  const admin = redis.client();
  await userOn(redis, CANARY.redisPassword);
  const api = await startApi({
    args: ['--autostart', 'simulator', '--standby'],
    nodeArgs: ['--require', `${__dirname}/fixtures/failing-workload.cjs`],
    env: {
      ...exchange.env,
      FAILING_URL: `https://${CANARY.exchangeKey}:${encodeURIComponent(CANARY.exchangePassword)}@api.example`,
      REDIS_URL: urlOf(redis.port, CANARY.redisPassword),
      CONTROL_TOKEN: CANARY.operator,
      VIEWER_TOKEN: CANARY.viewer,
      LOG_LEVEL: 'trace',
      LEASE_TTL_MS: '3000',
      HEARTBEAT_INTERVAL_MS: '600',
      COMMAND_TIMEOUT_MS: '250',
      EMPTY_REDIS_GRACE: 'off',
    },
  });
  const driven = new Driven(api);
  await api.waitForState('active');
  const stream = await api.open('/network/events');
  const events: string[] = [];
  stream.on('data', (chunk: Buffer) => events.push(chunk.toString())).on('error', () => undefined);

  await driven.readAll();
  await driven.refusedBodies();
  const path = '/network/exchanges/simulator';
  expect(await driven.post('/control/pause')).toBe(500);
  expect(await driven.post(`${path}/commands`, { type: 'pause' })).toBe(200);
  expect(await driven.post('/control/pause', { reason: 'a look' })).toBe(200);
  expect(await driven.post(`${path}/commands`, { type: 'resume' })).toBe(200);
  expect(await driven.post(`${path}/commands`, { type: 'stop' }, CANARY.viewer)).toBe(403);
  expect(await driven.post('/control/start', { exchange: 'simulator' })).toBe(409);
  expect(await driven.post(`${path}/revoke`, { reason: 'a test', fencingToken: 1 })).toBe(409);
  expect(await driven.post(`${path}/revoke`, { reason: 'a test', holderIsDead: true })).toBe(200);
  await api.waitForLog({ msg: /^claim lost/ });
  await api.waitForState('active', AFTER_TROUBLE);

  // Redis is silent, forgets its user, forbids what was allowed, changes the password, and is gone.
  redis.pause();
  await driven.readAll();
  redis.resume();
  await api.waitForRoute('/health');
  await api.waitForState('active', AFTER_TROUBLE);
  await admin.acl('SETUSER', REDIS_USER, '-evalsha', '-eval', '-xrevrange');
  await driven.readAll();
  expect(await driven.post(`${path}/commands`, { type: 'pause', timeoutMs: 200 })).toBe(503);
  await admin.acl('SETUSER', REDIS_USER, ...documentedRights());
  await userOn(redis, CANARY.newPassword);
  await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await api.waitForRoute('/health', ({ status }) => status === 503);
  await driven.readAll();
  await userOn(redis, CANARY.redisPassword);
  await api.waitForRoute('/health');
  await api.waitForState('active', AFTER_TROUBLE);
  const kept = await contents(admin);
  await redis.kill();
  await api.waitForRoute('/health', ({ status }) => status === 503);
  await driven.readAll();
  expect(await driven.post('/control/stop', {})).toBeGreaterThan(0);
  stream.destroy();
  api.kill();
  await api.exited;

  expect(kept).toContain('command-done');
  expect(events.join('')).toContain('event: activity');
  for (const text of [kept, events.join(''), driven.answers.join('\n'), api.output.text])
    expect(text).toContain('@api.example/orders failed');
  expect(api.output.lines.length).toBeGreaterThan(100);
  expect(canariesIn(api.output.text)).toEqual([]);
  expect(canariesIn(driven.answers.join('\n'))).toEqual([]);
  expect(canariesIn(events.join(''))).toEqual([]);
  expect(canariesIn(kept)).toEqual([]);
}

/** One that finds its Redis by a Sentinel, and finds it again when it is another. */
async function lifeOverAFailover(): Promise<void> {
  const primary = await startRedis({ acl: false });
  const replica = await startRedis({
    acl: false,
    args: ['--replicaof', `127.0.0.1 ${primary.port}`, '--repl-diskless-sync-delay', '0'],
  });
  await Promise.all([primary, replica].map((redis) => userOn(redis, CANARY.nodePassword)));
  const sentinel = await startSentinel(primary, 1, { password: CANARY.sentinelPassword });
  await waitFor(
    async () => ((await sentinel.ask('SENTINEL', 'replicas', SENTINEL_GROUP)) as unknown[]).length === 1,
    { describe: `${sentinel.name} to know the replica` },
  );
  const exchange = await startExchange();
  const api = await startApi({
    args: ['--autostart', 'simulator', '--standby'],
    env: {
      ...exchange.env,
      REDIS_SENTINELS: `127.0.0.1:${sentinel.port}`,
      REDIS_SENTINEL_NAME: SENTINEL_GROUP,
      REDIS_SENTINEL_PASSWORD: CANARY.sentinelPassword,
      REDIS_USERNAME: REDIS_USER,
      REDIS_PASSWORD: CANARY.nodePassword,
      CONTROL_TOKEN: CANARY.operator,
      VIEWER_TOKEN: CANARY.viewer,
      LOG_LEVEL: 'trace',
      LEASE_TTL_MS: '6000',
      HEARTBEAT_INTERVAL_MS: '1000',
      EMPTY_REDIS_GRACE: 'off',
    },
  });
  const driven = new Driven(api);
  await api.waitForState('active');
  await primary.client().wait(1, 2_000);
  await primary.kill();
  await api.waitForRoute('/health', ({ status }) => status === 503);
  await driven.readAll();
  const heir = replica.client();
  await waitFor(async () => (await heir.info('replication')).includes('role:master'), {
    describe: 'the failover',
  });
  await api.waitForRoute('/health');
  await api.waitForState('active', AFTER_TROUBLE);
  await driven.readAll();
  expect(await driven.post('/control/pause', { reason: 'a look' })).toBe(200);
  // Its Sentinel and its Redis do not know it any more.
  await sentinel.ask('ACL', 'SETUSER', 'default', 'resetpass', `>${CANARY.newPassword}`);
  await heir.acl('SETUSER', REDIS_USER, 'off');
  await heir.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await api.waitForRoute('/health', ({ status }) => status === 503);
  await driven.readAll();
  api.kill();
  await api.exited;

  expect(api.output.lines.length).toBeGreaterThan(50);
  expect(canariesIn(api.output.text)).toEqual([]);
  expect(canariesIn(driven.answers.join('\n'))).toEqual([]);
}

/** With secrets where somebody may put them, of which none is accepted. */
const CATALOGUES = [CANARY.exchangePassword, encodeURIComponent(CANARY.exchangePassword)].flatMap(
  (password) => {
    const [entry] = BUILT_IN_CATALOGUE;
    const restUrl = `https://${CANARY.exchangeKey}:${password}@api.example/v1`;
    return [
      JSON.stringify([{ ...entry, restUrl }]),
      JSON.stringify([{ ...entry, apiKey: CANARY.exchangeKey, apiSecret: [password] }]),
      JSON.stringify([restUrl]),
      `[{"restUrl": "https://${CANARY.exchangeKey}:"${password}"@api.example"}]`,
    ];
  },
);

async function startsThatCannotBe(): Promise<void> {
  const redis = await startRedis({ password: CANARY.redisPassword });
  const folder = await mkdtemp(join(tmpdir(), 'catalogues-'));
  const catalogues = CATALOGUES.map((_, at) => join(folder, `${at}.json`));
  await Promise.all(catalogues.map((file, at) => writeFile(file, CATALOGUES[at] ?? '')));
  const tokens = { CONTROL_TOKEN: CANARY.operator, VIEWER_TOKEN: CANARY.viewer, LOG_LEVEL: 'trace' };
  const nowhere = '127.0.0.1:1';
  const wanted: readonly (readonly [code: number, env: ApiOptions['env']])[] = [
    [69, { REDIS_URL: urlOf(1, CANARY.redisPassword) }],
    [69, { REDIS_URL: urlOf(redis.port, CANARY.redisPassword) }],
    [69, { REDIS_URL: `${redis.url}/4711` }],
    [
      69,
      {
        REDIS_SENTINELS: nowhere,
        REDIS_SENTINEL_NAME: 'main',
        REDIS_SENTINEL_PASSWORD: CANARY.sentinelPassword,
        REDIS_PASSWORD: CANARY.nodePassword,
        REDIS_USERNAME: REDIS_USER,
      },
    ],
    [
      69,
      {
        REDIS_SENTINELS: `127.0.0.1:${redis.port}`,
        REDIS_SENTINEL_NAME: 'main',
        REDIS_SENTINEL_PASSWORD: CANARY.sentinelPassword,
      },
    ],
    [
      69,
      {
        REDIS_CLUSTER_NODES: `127.0.0.1:${redis.port}`,
        REDIS_PASSWORD: CANARY.nodePassword,
        REDIS_USERNAME: REDIS_USER,
      },
    ],
    [
      64,
      {
        REDIS_URL: `http://${REDIS_USER}:${encodeURIComponent(CANARY.redisPassword)}@db`,
        CONTROL_TOKEN: `${CANARY.operator} with a blank`,
        VIEWER_TOKEN: `${CANARY.viewer}\u00e9`,
        REDIS_SENTINELS: `${REDIS_USER}:${CANARY.newPassword}@db:26379`,
        REDIS_SENTINEL_PASSWORD: CANARY.sentinelPassword,
        LEASE_TTL_MS: 'long',
      },
    ],
    [64, { REDIS_URL: redis.url, VIEWER_TOKEN: CANARY.operator }],
    ...catalogues.map((file) => [64, { REDIS_URL: redis.url, EXCHANGES_FILE: file }] as const),
  ];
  const ended = wanted.map(async ([code, env]) => {
    const api = await startApi({ env: { ...tokens, ...env }, until: 'spawned' });
    expect({ env, ...(await api.exited) }).toEqual({ env, code, signal: null });
    expect({ env, found: canariesIn(api.output.text) }).toEqual({ env, found: [] });
    expect(api.output.lines.length).toBeGreaterThan(0);
  });
  await Promise.all(ended);
  await rm(folder, { recursive: true });
}

// At once: each waits most of its time.
it('no canary comes out of an instance that lives through everything, nor of one that cannot start', async () => {
  await Promise.all([lifeOfAnInstance(), startsThatCannotBe()]);
}, 120_000);

it(
  'no canary comes out of an instance behind a Sentinel, over a failover and after its secrets are refused',
  lifeOverAFailover,
  90_000,
);
