/**
 * Secrets are planted wherever the API is given one, every path is driven, good and bad, and then all that came out is
 * searched: output, answers, the event stream, and everything in Redis.
 */
import type { Redis } from 'ioredis';
import { startApi, type ApiOptions, type ApiProcess } from '../support/api-process';
import { useCleanUp } from '../support/hooks';
import { startExchange } from '../support/live-exchange';
import { startRedis, type RedisServer } from '../support/redis-server';
import { rawRequest, type Header } from './raw-http';

/** The passwords hold characters that every way of writing them spells differently. */
const CANARY = {
  operator: 'canary-operator-token/+0123456789',
  viewer: 'canary-viewer-token/+0123456789',
  redisPassword: 'canary redis "p@ss:wörd/\\',
  newPassword: 'canary-new-password',
  sentinelPassword: 'canary sentinel "p@ss/\\',
  nodePassword: 'canary node "p@ss/\\',
  wrongToken: 'canary-wrong-token/+0123456789',
  header: 'canary-of-a-header',
  body: 'canary-of-a-body',
  exchangeKey: 'canary-key-at-an-exchange',
  exchangePassword: 'canary:hunter2"at@an/exchange',
} as const;
/** No secret, but nobody's business outside the line of pre-flight that says whose rights are missing. */
const REDIS_USER = 'canary-redis-user';

/** Each in every spelling in which it may turn up. */
const SPELLINGS = Object.entries({ ...CANARY, user: REDIS_USER }).flatMap(([name, secret]) =>
  [
    secret,
    encodeURIComponent(secret),
    encodeURI(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64').slice(0, -4),
    Buffer.from(secret).toString('hex'),
  ].map((spelling) => [name, spelling] as const),
);

/** Names of the canaries in a text. */
function canariesIn(text: string): string[] {
  const found = SPELLINGS.filter(([, spelling]) => text.includes(spelling)).map(([name]) => name);
  return [...new Set(found)];
}

useCleanUp();

it('the search finds a canary, however it is spelled', () => {
  expect(canariesIn(`x${encodeURIComponent(CANARY.redisPassword)}x`)).toEqual(['redisPassword']);
  expect(canariesIn(JSON.stringify({ a: CANARY.nodePassword }))).toEqual(['nodePassword']);
  expect(canariesIn(Buffer.from(`:${CANARY.operator}`).toString('hex'))).toEqual(['operator']);
  expect(canariesIn('nothing')).toEqual([]);
});

async function userOn(redis: RedisServer, password: string): Promise<void> {
  await redis.client().acl('SETUSER', REDIS_USER, 'reset', 'on', `>${password}`, '~*', '&*', '+@all');
}

const urlOf = (port: number, password: string) =>
  `redis://${REDIS_USER}:${encodeURIComponent(password)}@127.0.0.1:${port}`;

/** Everything under every key. */
async function contents(client: Redis): Promise<string> {
  const texts = (await client.keys('*')).map(async (key) => {
    const type = await client.type(key);
    if (type === 'string') return [key, await client.get(key)];
    if (type === 'stream') return [key, await client.xrange(key, '-', '+')];
    return [key, type === 'zset' ? await client.zrange(key, 0, -1) : type];
  });
  return JSON.stringify(await Promise.all(texts));
}

/** One instance that is driven, and all that it has answered. */
class Driven {
  readonly answers: string[] = [];

  constructor(readonly api: ApiProcess) {}

  /** With canaries in a header, and in every place where a careless client may put one. */
  async call(method: string, path: string, token: string | null, body?: string): Promise<number> {
    const headers: Header[] = [
      ...(token === null ? [] : [['Authorization', `Bearer ${token}`] as const]),
      ['Cookie', `session=${CANARY.header}`],
      ['X-Api-Key', CANARY.header],
      ['User-Agent', CANARY.header],
      ['Referer', `http://x/?token=${CANARY.operator}`],
      ...(body === undefined ? [] : [['Content-Type', 'application/json'] as const]),
    ];
    const target = `${path}${path.includes('?') ? '&' : '?'}token=${encodeURIComponent(CANARY.operator)}`;
    const answer = await rawRequest(this.api.url, { method, target, headers, body });
    this.answers.push(answer.head, answer.text);
    return answer.status;
  }

  /** Every reading, as everybody. */
  async readAll(): Promise<void> {
    const exchange = '/network/exchanges/simulator';
    const paths = ['/control/status', '/network/exchanges', exchange, `${exchange}/activity`];
    for (const token of [CANARY.operator, CANARY.viewer, CANARY.wrongToken, null])
      for (const path of [...paths, '/health', '/health/ready', '/nowhere', '/network/events'])
        await this.call('GET', path, token);
  }

  /** Bodies that are refused, with a canary in each. */
  async refusedBodies(): Promise<void> {
    for (const path of ['/control/start', '/control/stop', '/network/exchanges/simulator/revoke'])
      for (const body of [
        `{"reason":["${CANARY.body}"]}`,
        `{"x":"${CANARY.body}"}`,
        `{"reason":"${CANARY.body}`,
        CANARY.body,
      ])
        expect(await this.call('POST', path, CANARY.operator, body)).toBe(400);
  }

  post(path: string, body: object = {}, token: string = CANARY.operator): Promise<number> {
    return this.call('POST', path, token, JSON.stringify(body));
  }
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
  await api.waitForState('active');

  // Redis is silent, forgets its user, forbids what was allowed, changes the password, and is gone.
  redis.pause();
  await driven.readAll();
  redis.resume();
  await api.waitForRoute('/health');
  await api.waitForState('active');
  await admin.acl('SETUSER', REDIS_USER, '-evalsha', '-eval', '-xrevrange');
  await driven.readAll();
  expect(await driven.post(`${path}/commands`, { type: 'pause', timeoutMs: 200 })).toBe(503);
  await admin.acl('SETUSER', REDIS_USER, '+@all');
  await userOn(redis, CANARY.newPassword);
  await admin.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await api.waitForRoute('/health', ({ status }) => status === 503);
  await driven.readAll();
  await userOn(redis, CANARY.redisPassword);
  await api.waitForRoute('/health');
  await api.waitForState('active');
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

async function startsThatCannotBe(): Promise<void> {
  const redis = await startRedis({ password: CANARY.redisPassword });
  const tokens = { CONTROL_TOKEN: CANARY.operator, VIEWER_TOKEN: CANARY.viewer, LOG_LEVEL: 'trace' };
  const nowhere = '127.0.0.1:1';
  const wanted: readonly [code: number, env: ApiOptions['env']][] = [
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
  ];
  const ended = wanted.map(async ([code, env]) => {
    const api = await startApi({ env: { ...tokens, ...env }, until: 'spawned' });
    expect({ env, ...(await api.exited) }).toEqual({ env, code, signal: null });
    expect({ env, found: canariesIn(api.output.text) }).toEqual({ env, found: [] });
    expect(api.output.lines.length).toBeGreaterThan(0);
  });
  await Promise.all(ended);
}

// At once: each waits most of its time.
it('no canary comes out of an instance that lives through everything, nor of one that cannot start', async () => {
  await Promise.all([lifeOfAnInstance(), startsThatCannotBe()]);
}, 60_000);
