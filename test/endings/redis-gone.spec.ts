/** SIGTERM while Redis does not answer: the work ends first, the process soon after, and the claim by its TTL at the latest. */
import { useCleanUp } from '../support/hooks';
import { STATUS_KEY } from '../support/exchange-log';
import { LiveExchange, startExchange } from '../support/live-exchange';
import { startRedis, type RedisServer } from '../support/redis-server';
import { waitFor } from '../support/wait-for';
import { AUTOSTART, FAST, ended, expectNothingLeft, isClaimed, start } from './instance';

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

const active = async (env: Record<string, string> = {}) => {
  const api = await start(redis, { args: AUTOSTART, env: { ...exchange.env, ...env } });
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

it('killed, while active: the claim is left to its TTL', async () => {
  const api = await active();
  await redis.kill();
  expect(await ended(api, 'SIGTERM')).toEqual({ code: 0, signal: null });
  await expectNothingLeft(api, null, exchange);
  await redis.restart({ keepData: true });
  await expectExpiry();
});

it('frozen, while active: stopping does not wait for it', async () => {
  const api = await active();
  redis.pause();
  expect(await ended(api, 'SIGTERM')).toEqual({ code: 0, signal: null });
  await expectNothingLeft(api, null, exchange);
  expect(api.output.findLog({ msg: 'release not answered' })).toBeDefined();
  redis.resume();
  await expectExpiry();
});

it('frozen, while starting: the start is broken off', async () => {
  exchange.fault({ kind: 'slowBackfill', delayMs: 600_000, count: 100 });
  const api = await start(redis, { args: AUTOSTART, env: exchange.env });
  await api.waitForState('starting');
  redis.pause();
  expect(await ended(api, 'SIGTERM')).toEqual({ code: 0, signal: null });
  await expectNothingLeft(api, null, exchange);
  redis.resume();
  await expectExpiry();
});

it.each(['killed', 'frozen'] as const)('%s, while idle', async (how) => {
  const api = await start(redis, { env: exchange.env });
  if (how === 'killed') await redis.kill();
  else redis.pause();
  await api.waitForRoute('/health', ({ status }) => status === 503);
  expect(await ended(api, 'SIGTERM')).toEqual({ code: 0, signal: null });
  await expectNothingLeft(api, null);
});

it('killed, while waiting as a standby', async () => {
  const holder = await active();
  const standby = await start(redis, { args: [...AUTOSTART, '--standby'], env: exchange.env });
  await standby.waitForLog({ msg: /^waiting: .* is held by/ });
  await redis.kill();
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
