/** SIGTERM while Redis does not answer: the work ends first, the process soon after, and the claim by its TTL at the latest. */
import type { ApiOptions } from '../support/api-process';
import { useCleanUp } from '../support/hooks';
import { STATUS_KEY } from '../support/exchange-log';
import { LiveExchange, startExchange } from '../support/live-exchange';
import { startRedis, type RedisServer } from '../support/redis-server';
import { waitFor } from '../support/wait-for';
import {
  AUTOSTART,
  FAST,
  ended,
  exchangeWithoutHistory,
  expectNothingLeft,
  isClaimed,
  preload,
  start,
} from './instance';

// On disk, so that a claim outlives a crash of its Redis.
const ON_DISK = ['--appendonly', 'yes', '--appendfsync', 'always'];
let redis: RedisServer;
let exchange: LiveExchange;
beforeEach(async () => {
  redis = await startRedis({ args: ON_DISK });
  exchange = await startExchange();
});
afterEach(() => redis.resume());
useCleanUp();

const active = async (env: Record<string, string> = {}, options: ApiOptions = {}) => {
  const api = await start(redis, { ...options, args: AUTOSTART, env: { ...exchange.env, ...env } });
  await api.waitForState('active');
  return api;
};

/** The key disappears by itself, within the TTL it had. */
async function expectExpiry() {
  const client = redis.client();
  const leftMs = await client.pttl(STATUS_KEY);
  client.disconnect();
  expect(leftMs).toBeLessThanOrEqual(Number(FAST.LEASE_TTL_MS));
  expect(leftMs).not.toBe(-1);
  await waitFor(async () => !(await isClaimed(redis)), { describe: 'the claim to expire' });
}

const goes = {
  killed: () => redis.kill(),
  frozen: async () => redis.pause(),
};
const comesBack = {
  killed: () => redis.restart({ keepData: true }),
  frozen: async () => redis.resume(),
};
const HOW = ['killed', 'frozen'] as const;

/** An instance in each of the states in which it holds the exchange. */
const holding = {
  starting: async () => {
    exchange.fault({ kind: 'slowBackfill', delayMs: 600_000, count: 100 });
    const api = await start(redis, { args: AUTOSTART, env: exchange.env });
    await api.waitForState('starting');
    return api;
  },
  warming: async () => {
    const EXCHANGES_FILE = await exchangeWithoutHistory(exchange);
    const api = await start(redis, { args: AUTOSTART, env: { EXCHANGES_FILE } });
    await api.waitForState('warming');
    return api;
  },
  active,
  paused: async () => {
    const api = await active();
    expect((await api.post('/control/pause')).status).toBe(200);
    return api;
  },
};

it.each(HOW.flatMap((how) => Object.entries(holding).map(([state, reach]) => [how, state, reach] as const)))(
  '%s, while %s: the end does not wait for it, the claim is left to its TTL',
  async (how, _state, reach) => {
    const api = await reach();
    await goes[how]();
    expect(await ended(api, 'SIGTERM')).toEqual({ code: 0, signal: null });
    await expectNothingLeft(api, null, exchange);
    expect(api.output.findLog({ msg: 'release not answered' })).toBeDefined();
    await comesBack[how]();
    await expectExpiry();
  },
);

it.each(HOW)('%s, while stopping: whoever asked for the stop is answered', async (how) => {
  const api = await active({ HOLD_AT: 'stop.before-work' }, preload('hold'));
  const stop = api.post('/control/stop', { reason: 'maintenance' });
  await api.waitForState('stopping');
  await goes[how]();
  api.kill('SIGTERM');
  await api.waitForLog({ msg: 'ending' });
  api.kill('SIGUSR2');
  expect(await stop).toMatchObject({ status: 200 });
  expect(await ended(api)).toEqual({ code: 0, signal: null });
  await expectNothingLeft(api, null, exchange);
  await comesBack[how]();
  await expectExpiry();
});

it.each(HOW)('%s, while idle', async (how) => {
  const api = await start(redis, { env: exchange.env });
  await goes[how]();
  await api.waitForRoute('/health', ({ status }) => status === 503);
  expect(await ended(api, 'SIGTERM')).toEqual({ code: 0, signal: null });
  await expectNothingLeft(api, null);
});

it.each(HOW)('%s, while waiting as a standby', async (how) => {
  const holder = await active();
  const standby = await start(redis, { args: [...AUTOSTART, '--standby'], env: exchange.env });
  await standby.waitForLog({ msg: /^waiting: .* is held by/ });
  await goes[how]();
  await standby.waitForRoute('/health', ({ status }) => status === 503);
  expect(await ended(standby, 'SIGTERM')).toEqual({ code: 0, signal: null });
  expect(await ended(holder, 'SIGTERM')).toEqual({ code: 0, signal: null });
  await expectNothingLeft(holder, null, exchange);
});

it('frozen for so long that the holder gave up by itself: it goes on to end in order', async () => {
  const api = await active();
  redis.pause();
  await api.waitForLog({ msg: /^claim lost/ });
  await waitFor(() => exchange.sockets === 0, { describe: 'the exchange to be left' });
  expect(await ended(api, 'SIGTERM')).toEqual({ code: 0, signal: null });
  await expectNothingLeft(api, null, exchange);
});
