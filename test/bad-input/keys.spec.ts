/** Whatever an outsider writes under an exchange's keys: the answers stay sane, nothing crashes, no claim is freed. */
import type { Redis } from 'ioredis';
import { statusText } from '../../src/registry/status-text';
import type { ExchangeStatus } from '../../src/registry/exchange-status';
import type { ApiProcess } from '../support/api-process';
import { STATUS_KEY, eventsOf, movesOf } from '../support/exchange-log';
import { useCleanUp, useRedis } from '../support/hooks';
import { startExchange } from '../support/live-exchange';
import { waitFor } from '../support/wait-for';
import { AUTOSTART, FAST, instanceOf, start } from '../endings/instance';

const redis = useRedis();
let client: Redis;
beforeEach(() => (client = redis.current.client()));
useCleanUp();

const TTL_MS = Number(FAST.LEASE_TTL_MS);
const KEYS = { fence: `{${STATUS_KEY}}:fence`, activity: `{${STATUS_KEY}}:activity` };
const COMMANDS = `{${STATUS_KEY}}:commands`;

const holder: ExchangeStatus = {
  schemaVersion: 2,
  instanceId: 'somebody-else',
  claimId: 'a-claim',
  exchangeId: 2,
  exchangeName: 'simulator',
  hostname: 'elsewhere',
  pid: 4711,
  ipAddress: '203.0.113.7',
  appVersion: '0.1.0',
  adminEmail: null,
  adminDisplayName: null,
  connectionState: 'active',
  isPaused: false,
  symbolCount: 2,
  registeredAt: '2026-01-01T00:00:00.000Z',
  connectedAt: '2026-01-01T00:00:01.000Z',
  lastHeartbeat: '2026-01-01T00:00:02.000Z',
  lastStateChange: '2026-01-01T00:00:01.000Z',
  lastError: null,
  lastErrorAt: null,
  revision: 3,
  process: null,
  startup: null,
  fencingToken: 5,
};
const FUTURE = { ...holder, schemaVersion: 99, connectionState: 'hibernating', process: 'a string by now' };
const PREDECESSOR = {
  exchangeId: 2,
  instanceId: 'elsewhere',
  hostname: 'elsewhere',
  ipAddress: '203.0.113.7',
  status: 'connected',
  connectedAt: '2026-01-01T00:00:01.000Z',
};

type Writer = (key: string) => Promise<unknown>;
const text =
  (value: string, ttlMs: number | null = 60_000): Writer =>
  async (key) =>
    ttlMs === null ? client.set(key, value) : client.set(key, value, 'PX', ttlMs);

/** What is there, what a start answers, and how the exchange is shown. */
const FOUND: [string, Writer, object, object][] = [
  ['garbage', text('\u0000{not json'), { code: 'EXCHANGE_TAKEN' }, { presence: 'unreadable' }],
  ['nothing at all', text(''), { code: 'EXCHANGE_TAKEN' }, { presence: 'unreadable' }],
  ['JSON of another kind', text('[1,2]'), { code: 'EXCHANGE_TAKEN' }, { presence: 'unreadable' }],
  [
    'a prototype',
    text('{"__proto__":{"instanceId":"x"}}'),
    { code: 'EXCHANGE_TAKEN' },
    { presence: 'unreadable' },
  ],
  ['JSON too deep', text('['.repeat(30_000)), { code: 'EXCHANGE_TAKEN' }, { presence: 'unreadable' }],
  ['a megabyte', text('x'.repeat(1_048_576)), { code: 'EXCHANGE_TAKEN' }, { presence: 'unreadable' }],
  [
    'a status of a future version',
    text(JSON.stringify(FUTURE)),
    { code: 'EXCHANGE_TAKEN', holder: { instanceId: 'somebody-else', hostname: 'elsewhere', pid: 4711 } },
    { presence: 'held', status: { instanceId: 'somebody-else', schemaVersion: 99 } },
  ],
  [
    "the predecessor's status",
    text(JSON.stringify(PREDECESSOR)),
    { code: 'EXCHANGE_TAKEN', holder: { instanceId: 'elsewhere', ipAddress: '203.0.113.7' } },
    { presence: 'held', status: { hostname: 'elsewhere' } },
  ],
  [
    'a status without TTL',
    text(statusText(holder), null),
    { code: 'STATUS_POISONED' },
    { presence: 'held', status: { instanceId: 'somebody-else' } },
  ],
  ['garbage without TTL', text('garbage', null), { code: 'STATUS_POISONED' }, { presence: 'unreadable' }],
  [
    'a list',
    (key) => client.rpush(key, 'x'),
    { code: 'STATUS_POISONED' },
    { presence: 'unreadable', problem: expect.stringContaining('list') },
  ],
  [
    'a stream',
    (key) => client.xadd(key, '*', 'field', 'value'),
    { code: 'STATUS_POISONED' },
    { presence: 'unreadable', problem: expect.stringContaining('stream') },
  ],
];

/** Of these, one of each kind that a renewal may meet. */
const HEALED = new Set(['garbage', 'a megabyte', 'garbage without TTL', 'a list']);

/** The process answers, and finds nothing wrong with itself. */
async function expectHealthy(api: ApiProcess) {
  expect(await api.get('/health')).toMatchObject({
    status: 200,
    body: { status: 'ok', redis: 'up', connectionState: 'idle', lease: 'none' },
  });
}

it('under the status key of an exchange nobody here holds: it is shown, and refuses a start', async () => {
  const exchange = await startExchange();
  const api = await start(redis.current, { env: exchange.env });
  for (const [what, write, answer, shown] of FOUND) {
    await client.del(STATUS_KEY);
    await write(STATUS_KEY);
    const view = await api.get('/network/exchanges/simulator');
    expect({ what, ...view }).toMatchObject({ what, status: 200, body: shown });
    const all = await api.get('/network/exchanges');
    expect({ what, ...all }).toMatchObject({ what, status: 200, body: { exchanges: [{ id: 1 }, shown] } });
    const refused = await api.post('/control/start', { exchange: 'simulator' });
    expect({ what, ...refused }).toMatchObject({ what, status: 409, body: answer });
    await expectHealthy(api);
    // Whatever it is, it does not block the exchange for ever.
    const leftMs = await client.pttl(STATUS_KEY);
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(60_000);
  }
  await client.del(STATUS_KEY);
  expect((await api.post('/control/start', { exchange: 'simulator' })).status).toBe(202);
  await api.waitForState('active');
});

it('under the status key, without TTL, while a standby waits: it is waited out', async () => {
  await client.set(STATUS_KEY, 'garbage');
  const exchange = await startExchange();
  const api = await start(redis.current, { args: [...AUTOSTART, '--standby'], env: exchange.env });
  await api.waitForLog({ msg: /^waiting: The status key .* holds no claim but/ });
  expect(await client.pttl(STATUS_KEY)).toBeLessThanOrEqual(TTL_MS);
  await api.waitForState('active');
});

it('under every other key: a start overcomes it', async () => {
  const exchange = await startExchange();
  const api = await start(redis.current, { env: exchange.env });
  await client.rpush(KEYS.fence, 'garbage');
  await client.set(KEYS.activity, 'garbage');
  await client.hset(COMMANDS, 'field', 'garbage');
  expect((await api.get('/network/exchanges')).status).toBe(200);
  await expect(api.get('/network/exchanges/simulator/activity')).resolves.toMatchObject({
    status: 200,
    body: { entries: [], nextCursor: null },
  });
  expect((await api.post('/control/start', { exchange: 'simulator' })).status).toBe(202);
  await api.waitForState('active');
  const events = await eventsOf(redis.current, instanceOf(api));
  expect(movesOf(events)).toEqual(['idle > starting', 'starting > warming', 'warming > active']);
  await expect(api.get('/network/exchanges/simulator/activity')).resolves.toMatchObject({ status: 200 });
});

it('where candles belong: the instance says so, keeps its claim, and goes on once it is gone', async () => {
  const series = `{${STATUS_KEY}}:candles:BTC-USD:1m`;
  await client.set(series, 'garbage');
  const exchange = await startExchange();
  const api = await start(redis.current, { args: AUTOSTART, env: exchange.env });
  await api.waitForRoute('/control/status', ({ body }) =>
    /candles:BTC-USD:1m.*value of another type.*delete it/.test(
      String((body as { status: { lastError: unknown } }).status.lastError),
    ),
  );
  await client.del(series);
  await api.waitForState('active');
  expect(await client.zcard(series)).toBeGreaterThan(0);
});

it('over the claim of a living holder: it is healed under the same token, or given up, never shared', async () => {
  const exchange = await startExchange();
  const env = exchange.env;
  const api = await start(redis.current, { args: AUTOSTART, env });
  const { body } = await api.waitForState('active');
  const { fencingToken } = (body as { status: { fencingToken: number } }).status;
  const instanceId = instanceOf(api);
  for (const [what, write] of FOUND.filter(([name]) => HEALED.has(name))) {
    await client.del(STATUS_KEY);
    await write(STATUS_KEY);
    await waitFor(
      async () => {
        const value = await client.get(STATUS_KEY).catch(() => null);
        return value?.startsWith('{"schemaVersion"') === true && (JSON.parse(value) as ExchangeStatus);
      },
      { describe: `the claim to be healed of ${what}` },
    );
    expect(await client.pttl(STATUS_KEY)).toBeGreaterThan(0);
  }
  expect(await api.get('/control/status')).toMatchObject({
    body: { status: { instanceId, connectionState: 'active', lease: 'held', fencingToken } },
  });
  expect(exchange.witness).toMatchObject({ now: 1, max: 1 });
});

it('into the commands of a living holder: it is passed over', async () => {
  const exchange = await startExchange();
  const api = await start(redis.current, { args: AUTOSTART, env: exchange.env });
  await api.waitForState('active');
  await client.xadd(COMMANDS, '*', 'nonsense', 'x');
  await client.xadd(COMMANDS, '*', 'command', '{"type":"stop"');
  await client.xadd(COMMANDS, '*', 'command', 'x'.repeat(1_048_576));
  await client.xadd(COMMANDS, '*', 'command', '{"__proto__":{"type":"stop"}}');
  const paused = await api.post('/network/exchanges/simulator/commands', { type: 'pause' });
  expect(paused).toMatchObject({ status: 200, body: { outcome: 'done' } });
  expect(await api.get('/control/status')).toMatchObject({
    body: { isPaused: true, status: { connectionState: 'active', lease: 'held' } },
  });
});
