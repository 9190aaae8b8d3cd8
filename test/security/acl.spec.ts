/** The rights of docs/redis-acl.md are enough, none is too many, and one that is missing is named before anything is claimed. */
import { Cluster, type Redis } from 'ioredis';
import { FENCED_COMMANDS } from '../../src/registry/fenced-writer';
import { LeaseConnection } from '../../src/registry/redis/connection';
import { preflight } from '../../src/registry/redis/preflight';
import { NEEDED_COMMANDS, NEEDED_KEYS } from '../../src/registry/redis/rights';
import { startApi, type ApiOptions } from '../support/api-process';
import { useCleanUp } from '../support/hooks';
import { ACL_PAGE, ACL_PASSWORD, ACL_USER, documentedRights, documentedRules } from '../support/redis-acl';
import { startRedis, type RedisServer } from '../support/redis-server';
import { waitFor } from '../support/wait-for';
import { useEverything } from './whole-use';

/** What ioredis itself prints when it may not ask INFO; it cannot be told not to. */
const FROM_CLIENT = /^Skipping the ready check because INFO command fails/;

let redis: RedisServer;
let admin: Redis;
beforeAll(async () => {
  jest.spyOn(console, 'warn').mockImplementation((line) => expect(line).toMatch(FROM_CLIENT));
  redis = await startRedis({ acl: true });
});
afterAll(async () => {
  jest.restoreAllMocks();
  await redis.stop();
});
useCleanUp();
beforeEach(async () => {
  admin = redis.client();
  await grant(documentedRules());
  await admin.acl('LOG', 'RESET');
});

/** Gives the user these rules and no other. */
async function grant(rules: readonly string[]): Promise<void> {
  await admin.acl('SETUSER', ACL_USER, 'reset', ...rules);
  // Its open connections would keep running with the new rights; none is open.
}

/** What Redis has refused since the last reset, as `command` names. */
async function refused(): Promise<string[]> {
  const log = (await admin.acl('LOG')) as string[][];
  return log.map((entry) => entry[entry.indexOf('object') + 1]!);
}

async function examine(limits: { waitReplicas?: number } = {}, url = redis) {
  const connection = new LeaseConnection(url.application(), { commandTimeoutMs: 1_000 });
  try {
    return await preflight(connection, { timeoutMs: 2_000, safetyMarginMs: 5_000, ...limits });
  } finally {
    await connection.close();
  }
}

const without = (right: string) => documentedRules().filter((rule) => rule !== right);

describe('docs/redis-acl.md', () => {
  it('has a right to every command that may be written through the fence', () => {
    const names = FENCED_COMMANDS.map((name) => name.toLowerCase());
    expect(Object.keys(NEEDED_COMMANDS)).toEqual(expect.arrayContaining(names));
  });

  it('shows the rights that pre-flight asks for', () => {
    const wanted = [
      ...Object.keys(NEEDED_COMMANDS).map((name) => `+${name}`),
      ...Object.keys(NEEDED_KEYS).map((pattern) => `~${pattern}`),
    ];
    expect(documentedRights().toSorted()).toEqual(wanted.toSorted());
  });

  it('says of each right why it is needed', () => {
    const [needed = ''] = ACL_PAGE.split('Further rights');
    const rows = [...needed.matchAll(/^\| `([+~][^`]+)`\s*\| (?=\S)/gm)].map(([, right]) => right!);
    expect(rows.toSorted()).toEqual(documentedRights().toSorted());
  });
});

describe('a user with exactly these rights', () => {
  it('may do everything the adapters do, and fits', async () => {
    await useEverything(admin, redis.application());
    expect(await examine()).toMatchObject({ problems: [], warnings: [] });
    // What the client says of itself is no part of any promise, and is not missed.
    expect((await refused()).filter((command) => !command.startsWith('client'))).toEqual([]);
  });

  it.each(documentedRights())('cannot do without %s, and is told so by name', async (right) => {
    await grant(without(right));
    await expect(useEverything(admin, redis.application())).rejects.toThrow();
    const { problems } = await examine();
    const lacks = right.startsWith('+') ? right.slice(1).toUpperCase() : right.slice(1);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`The Redis user ${ACL_USER} lacks rights`);
    expect(problems[0]).toContain(lacks);
    expect(problems[0]).toContain(`ACL SETUSER ${ACL_USER} ${right} (docs/redis-acl.md`);
    // And the cure that it names is one.
    await admin.acl('SETUSER', ACL_USER, right);
    expect((await examine()).problems).toEqual([]);
  });

  it('is told everything that is missing at once', async () => {
    await grant(documentedRules().filter((rule) => rule !== '+xadd' && rule !== '+zadd'));
    expect((await examine()).problems).toEqual([
      expect.stringContaining('it may not run XADD, ZADD. Run: ACL SETUSER exchange-registry +xadd +zadd'),
    ]);
  });

  it('that may only read the keys of claims does not fit', async () => {
    await grant([...without('~exchange:*:status'), '%R~exchange:*:status']);
    expect((await examine()).problems).toEqual([
      expect.stringContaining('may not use keys like exchange:*:status'),
    ]);
  });

  it('needs +wait only to wait for replicas', async () => {
    expect((await examine({ waitReplicas: 1 })).problems).toEqual([expect.stringContaining('+wait')]);
    await admin.acl('SETUSER', ACL_USER, '+wait');
    expect((await examine({ waitReplicas: 1 })).problems).toEqual([]);
  });

  it('leaves what is in Redis as it was when it is examined', async () => {
    await admin.flushall();
    await admin.set('exchange:1:status', 'x', 'PX', 60_000);
    await admin.xadd('exchange:status:1', '*', 'a', 'b');
    await examine();
    expect((await admin.keys('*')).toSorted()).toEqual(['exchange:1:status', 'exchange:status:1']);
    expect(await admin.get('exchange:1:status')).toBe('x');
    expect(await admin.pttl('exchange:1:status')).toBeGreaterThan(30_000);
    expect(await admin.xlen('exchange:status:1')).toBe(1);
  });
});

describe('the API', () => {
  const start = (url = redis.url, until: ApiOptions['until'] = 'spawned') =>
    startApi({
      env: { REDIS_URL: url, EMPTY_REDIS_GRACE: 'off', LEASE_TTL_MS: '6000', HEARTBEAT_INTERVAL_MS: '1500' },
      until,
    });

  it('serves every route under exactly these rights, and Redis refuses it nothing', async () => {
    await admin.flushall();
    await admin.acl('LOG', 'RESET');
    const api = await start(redis.url, 'listening');
    await api.waitForRoute('/health');
    const exchange = '/network/exchanges/simulator';
    expect((await api.post('/control/start', { exchange: 'simulator' })).status).toBe(202);
    await api.waitForState('active');
    const events = await api.open('/network/events');
    await new Promise((resolve) => events.once('data', resolve));
    for (const [path, body] of [
      ['/control/pause', {}],
      ['/control/resume', {}],
      [`${exchange}/commands`, { type: 'pause' }],
      [`${exchange}/commands`, { type: 'resume' }],
      [`${exchange}/revoke`, { reason: 'a test', holderIsDead: true }],
    ] as const)
      expect({ path, ...(await api.post(path, body)) }).toMatchObject({ path, status: 200 });
    await api.waitForState('idle');
    expect((await api.post('/control/start', { exchange: 'simulator' })).status).toBe(202);
    await api.waitForState('active');
    expect(await admin.zcard('{exchange:2:status}:candles:BTC-USD:1m')).toBeGreaterThan(0);
    expect((await api.post('/control/stop')).status).toBe(200);
    for (const path of ['/control/status', '/network/exchanges', exchange, `${exchange}/activity`, '/health'])
      expect({ path, ...(await api.get(path)) }).toMatchObject({ path, status: 200 });
    events.destroy();
    api.kill();
    expect(await api.exited).toEqual({ code: 0, signal: null });
    expect((await refused()).filter((command) => !command.startsWith('client'))).toEqual([]);
  });

  it.each([
    ['a command', '+xtrim', /may not run XTRIM.*ACL SETUSER exchange-registry \+xtrim/],
    ['what even connecting asks', '+info', /may not run INFO.*ACL SETUSER exchange-registry \+info/],
  ])('does not start without %s: code 69 and one line that says what to do', async (_what, right, says) => {
    await grant(without(right));
    const api = await start();
    expect(await api.exited).toEqual({ code: 69, signal: null });
    const fatal = api.logs.filter(({ level }) => level === 'fatal');
    expect(fatal).toEqual([expect.objectContaining({ msg: expect.stringMatching(says) })]);
    expect(api.output.text).not.toContain(ACL_PASSWORD);
    expect(api.output.lines.filter((line) => !FROM_CLIENT.test(line))).toHaveLength(api.logs.length);
  });

  it('is told of SELECT when it may not choose its database', async () => {
    const api = await start(`${redis.url}/3`);
    expect(await api.exited).toEqual({ code: 69, signal: null });
    expect(api.output.text).toMatch(/exchange-registry lacks rights.*may not run SELECT.*\+select/);
  });
});

it('on Cluster the two further rights are enough', async () => {
  const node = await startRedis({
    acl: true,
    args: ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'],
  });
  const client = node.client();
  await client.cluster('ADDSLOTSRANGE', 0, 16_383);
  await waitFor(async () => /cluster_state:ok/.test(await client.cluster('INFO')));
  await client.acl('SETUSER', ACL_USER, '+cluster|slots', '+cluster|info');
  const application = new Cluster([{ host: '127.0.0.1', port: node.port }], {
    lazyConnect: true,
    redisOptions: { username: ACL_USER, password: ACL_PASSWORD },
  });
  const connection = new LeaseConnection(application, { commandTimeoutMs: 1_000 });
  try {
    expect(connection.userName).toBe(ACL_USER);
    expect(await preflight(connection, { timeoutMs: 3_000, safetyMarginMs: 5_000 })).toMatchObject({
      problems: [],
    });
  } finally {
    await connection.close();
  }
});
