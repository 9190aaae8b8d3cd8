/** SIGTERM in every state: an orderly end with code 0, the claim given back, the log complete, nothing left running. */
import { useCleanUp, useRedis } from '../support/hooks';
import type { ApiProcess } from '../support/api-process';
import { eventsOf, keysIn, movesOf } from '../support/exchange-log';
import { LiveExchange, catalogueFile, startExchange } from '../support/live-exchange';
import { waitFor } from '../support/wait-for';
import {
  AUTOSTART,
  ended,
  exchangeWithoutHistory,
  expectNothingLeft,
  instanceOf,
  isClaimed,
  preload,
  start,
} from './instance';

const redis = useRedis();
let exchange: LiveExchange;
beforeEach(async () => (exchange = await startExchange()));
useCleanUp();

const STARTED = ['idle > starting', 'starting > warming', 'warming > active'];
const ENDED = ['stopping > stopped', 'stopped > idle'];

/** What is asked of every end of an instance that held the exchange. */
async function expectOrderlyEnd(api: ApiProcess, moves: string[], signal: NodeJS.Signals = 'SIGTERM') {
  expect(await ended(api, signal)).toEqual({ code: 0, signal: null });
  expect(await isClaimed(redis.current)).toBe(false);
  const events = await eventsOf(redis.current, instanceOf(api));
  expect(movesOf(events)).toEqual(moves);
  expect(events.filter(({ type }) => type === 'released')).toMatchObject([{ cause: signal }]);
  expect(events.filter(({ type }) => type === 'error' || type === 'lost')).toEqual([]);
  expect(events.at(-1)).toMatchObject({ type: 'transition', to: 'idle' });
  await expectNothingLeft(api, redis.current, exchange);
}

const active = async () => {
  const api = await start(redis.current, { args: AUTOSTART, env: exchange.env });
  await api.waitForState('active');
  return api;
};

it('while idle: nothing was claimed, nothing is written', async () => {
  const api = await start(redis.current, { env: exchange.env });
  expect(await ended(api, 'SIGTERM')).toEqual({ code: 0, signal: null });
  expect(await keysIn(redis.current)).toEqual([]);
  await expectNothingLeft(api, redis.current, exchange);
});

it.each(['SIGTERM', 'SIGINT'] as const)('while starting (%s): the backfill is broken off', async (signal) => {
  exchange.fault({ kind: 'slowBackfill', delayMs: 600_000, count: 100 });
  const api = await start(redis.current, { args: AUTOSTART, env: exchange.env });
  await api.waitForState('starting');
  await waitFor(() => exchange.sockets === 1);
  await expectOrderlyEnd(api, ['idle > starting', 'starting > stopping', ...ENDED], signal);
});

it('while warming: the wait for history is broken off', async () => {
  const EXCHANGES_FILE = await exchangeWithoutHistory(exchange);
  const api = await start(redis.current, { args: AUTOSTART, env: { EXCHANGES_FILE } });
  await api.waitForState('warming');
  await expectOrderlyEnd(api, [...STARTED.slice(0, 2), 'warming > stopping', ...ENDED]);
});

it('while active', async () => {
  await expectOrderlyEnd(await active(), [...STARTED, 'active > stopping', ...ENDED]);
});

it('while paused', async () => {
  const api = await active();
  expect((await api.post('/control/pause')).status).toBe(200);
  await expectOrderlyEnd(api, [...STARTED, 'active > stopping', ...ENDED]);
});

it('while stopping: the stop under way is the one that counts, and whoever asked for it is answered', async () => {
  const env = { ...exchange.env, HOLD_AT: 'stop.before-work' };
  const api = await start(redis.current, { args: AUTOSTART, env, ...preload('hold') });
  await api.waitForState('active');
  const stop = api.post('/control/stop', { reason: 'maintenance' });
  await api.waitForState('stopping');
  api.kill('SIGTERM');
  await api.waitForLog({ msg: 'ending' });
  api.kill('SIGUSR2');
  expect(await stop).toMatchObject({ status: 200, body: { connectionState: 'idle' } });
  expect(await ended(api)).toEqual({ code: 0, signal: null });
  expect(await isClaimed(redis.current)).toBe(false);
  const events = await eventsOf(redis.current, instanceOf(api));
  expect(movesOf(events)).toEqual([...STARTED, 'active > stopping', ...ENDED]);
  expect(events.filter(({ type }) => type === 'released')).toMatchObject([{ cause: 'maintenance' }]);
  await expectNothingLeft(api, redis.current, exchange);
});

it('while waiting as a standby: the holder is not disturbed', async () => {
  const holder = await active();
  const standby = await start(redis.current, { args: [...AUTOSTART, '--standby'], env: exchange.env });
  await standby.waitForLog({ msg: /^waiting: .* is held by/ });
  expect(await ended(standby, 'SIGTERM')).toEqual({ code: 0, signal: null });
  expect((await holder.get('/control/status')).body).toMatchObject({
    status: { connectionState: 'active', lease: 'held' },
  });
  expect(exchange.witness).toMatchObject({ now: 1, max: 1 });
  await expectOrderlyEnd(holder, [...STARTED, 'active > stopping', ...ENDED]);
});

it('while a failed start waits to be tried again', async () => {
  const nowhere = exchange.address;
  await exchange.stop();
  const EXCHANGES_FILE = await catalogueFile(nowhere.restUrl, nowhere.wsUrl);
  const api = await start(redis.current, { args: AUTOSTART, env: { EXCHANGES_FILE } });
  await api.waitForLog({ msg: /beginning again/ });
  expect(await ended(api, 'SIGTERM')).toEqual({ code: 0, signal: null });
  expect(await isClaimed(redis.current)).toBe(false);
  await expectNothingLeft(api, redis.current);
});
