/** What else may be going on when the end comes: a boot, an open event stream, a second signal, an error nobody caught. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { ApiProcess } from '../support/api-process';
import { STATUS_KEY, eventsOf } from '../support/exchange-log';
import { useCleanUp, useRedis } from '../support/hooks';
import { LiveExchange, startExchange } from '../support/live-exchange';
import { waitFor } from '../support/wait-for';
import { AUTOSTART, FAST, ended, expectNothingLeft, instanceOf, isClaimed, preload, start } from './instance';

const redis = useRedis();
let exchange: LiveExchange;
beforeEach(async () => (exchange = await startExchange()));
useCleanUp();

/** An instance whose stop does not go on before SIGUSR2, in state `stopping` because of SIGTERM. */
async function heldWhileStopping() {
  const env = { ...exchange.env, HOLD_AT: 'stop.before-work' };
  const api = await start(redis.current, { args: AUTOSTART, env, ...preload('hold') });
  await api.waitForState('active');
  api.kill('SIGTERM');
  await api.waitForState('stopping');
  return api;
}

/** Whether the signals that end it reach the API, and no longer Node itself, which would end at once. */
function listensToSignals(pid: number): boolean {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const caught = /^SigCgt:\s*(?<mask>[0-9a-f]+)$/m.exec(status)?.groups?.mask ?? '0';
  return (BigInt(`0x${caught}`) & (1n << BigInt(constants.signals.SIGHUP - 1))) !== 0n;
}

describe('a signal during the boot', () => {
  it('right after the process was made ends it before it has done anything', async () => {
    const api = await start(redis.current, { args: AUTOSTART, env: exchange.env, until: 'spawned' });
    const { code, signal } = await ended(api, 'SIGTERM');
    // Node had not loaded the API yet: the signal then ends it by itself.
    expect(signal ?? code).toBe(code === 0 ? 0 : 'SIGTERM');
    expect(await isClaimed(redis.current)).toBe(false);
    await expectNothingLeft(api, redis.current, exchange);
  });

  it.each<[string, (api: ApiProcess) => unknown]>([
    ['as soon as it listens to signals', (api) => listensToSignals(api.pid)],
    ['as soon as the exchange is claimed', (api) => api.output.findLog({ msg: 'exchange claimed' })],
    ['as soon as it is starting', (api) => api.output.findLog({ msg: 'idle -> starting' })],
  ])('%s is honoured', async (_when, isThere) => {
    const api = await start(redis.current, { args: AUTOSTART, env: exchange.env, until: 'spawned' });
    await waitFor(() => isThere(api) !== undefined && isThere(api) !== false, { intervalMs: 1 });
    expect(await ended(api, 'SIGTERM')).toEqual({ code: 0, signal: null });
    expect(await isClaimed(redis.current)).toBe(false);
    await expectNothingLeft(api, redis.current, exchange);
  });
});

describe('while the holder stops', () => {
  it('it still answers, says what it does, and takes no command', async () => {
    const api = await heldWhileStopping();
    expect(await api.get('/control/status')).toMatchObject({
      status: 200,
      body: { connectionState: 'disconnected', status: { connectionState: 'stopping', allowedCommands: [] } },
    });
    expect(await api.get('/health/live')).toMatchObject({ status: 200 });
    expect(await api.get('/health/ready')).toMatchObject({ status: 503 });
    expect(await api.get('/health')).toMatchObject({ body: { connectionState: 'stopping', lease: 'held' } });
    expect(await api.post('/control/start', { exchange: 'simulator' })).toMatchObject({ status: 409 });
    for (const command of ['stop', 'pause', 'resume'])
      expect(await api.post(`/control/${command}`)).toMatchObject({
        status: 409,
        body: { code: 'COMMAND_NOT_ALLOWED' },
      });
    const sent = await api.post('/network/exchanges/simulator/commands', { type: 'pause', timeoutMs: 2_000 });
    expect(sent).toMatchObject({ status: 410, body: { code: 'COMMAND_EXPIRED', reason: 'sender-ended' } });
    expect((await api.get('/network/exchanges/simulator')).body).toMatchObject({
      presence: 'held',
      status: { connectionState: 'stopping' },
    });
    api.kill('SIGUSR2');
    expect(await ended(api)).toEqual({ code: 0, signal: null });
    expect(await isClaimed(redis.current)).toBe(false);
    await expectNothingLeft(api, redis.current, exchange);
  });

  it('it keeps its claim for as long as that takes', async () => {
    const api = await heldWhileStopping();
    const client = redis.current.client();
    const revision = async () =>
      (JSON.parse((await client.get(STATUS_KEY)) ?? '{}') as { revision?: number }).revision ?? 0;
    const atFirst = await revision();
    // Longer than one TTL: each heartbeat makes a new revision.
    await waitFor(async () => (await revision()) >= atFirst + 4, { describe: 'four heartbeats' });
    client.disconnect();
    api.kill('SIGUSR2');
    expect(await ended(api)).toEqual({ code: 0, signal: null });
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('a second signal (%s) ends it at once with %i; the claim expires', async (signal, code) => {
    const api = await heldWhileStopping();
    // What comes within a moment of the first signal counts as the same request.
    await waitFor(() => {
      if (api.running) api.kill(signal);
      return !api.running;
    });
    expect(await api.exited).toEqual({ code, signal: null });
    await expectNothingLeft(api, redis.current, exchange);
    const client = redis.current.client();
    const leftMs = await client.pttl(STATUS_KEY);
    client.disconnect();
    expect(leftMs).toBeGreaterThan(-2);
    expect(leftMs).not.toBe(-1);
    expect(leftMs).toBeLessThanOrEqual(Number(FAST.LEASE_TTL_MS));
  });
});

it('an open event stream is ended in order, not broken off', async () => {
  const api = await start(redis.current, { args: AUTOSTART, env: exchange.env });
  await api.waitForState('active');
  const stream = await api.open('/network/events');
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await waitFor(() => text.includes('event: snapshot'));
  const end = once(stream, 'end');
  expect(await ended(api, 'SIGTERM')).toEqual({ code: 0, signal: null });
  await end;
  expect(stream.complete).toBe(true);
  expect(text.endsWith('\n\n')).toBe(true);
  expect(await isClaimed(redis.current)).toBe(false);
  await expectNothingLeft(api, redis.current, exchange);
});

it('of an instance whose work does not stop comes with 70, and leaves its claim to expire', async () => {
  const env = { ...exchange.env, STOP_TIMEOUT_MS: '200' };
  const api = await start(redis.current, { args: AUTOSTART, env, ...preload('endless') });
  await api.waitForState('active');
  const standby = await start(redis.current, { args: [...AUTOSTART, '--standby'], env: exchange.env });
  await standby.waitForLog({ msg: /^waiting: / });
  expect(await ended(api, 'SIGTERM')).toEqual({ code: 70, signal: null });
  expect(api.output.findLog({ level: 'fatal', msg: /still runs/ })).toBeDefined();
  expect(await isClaimed(redis.current)).toBe(true);
  expect(standby.output.findLog({ msg: 'idle -> starting' })).toBeUndefined();
  await standby.waitForState('active');
  expect((await eventsOf(redis.current, instanceOf(api))).map(({ type }) => type)).not.toContain('released');
  expect(await ended(standby, 'SIGTERM')).toEqual({ code: 0, signal: null });
});

describe('an error that nobody caught', () => {
  it('in a promise ends the process in order, with 70', async () => {
    const api = await start(redis.current, { args: AUTOSTART, env: exchange.env, ...preload('reject') });
    await api.waitForState('active');
    expect(await ended(api, 'SIGUSR2')).toEqual({ code: 70, signal: null });
    expect(api.output.findLog({ level: 'fatal', msg: 'uncaught error: rejected for a test' })).toBeDefined();
    expect(await isClaimed(redis.current)).toBe(false);
    const events = await eventsOf(redis.current, instanceOf(api));
    expect(events.at(-1)).toMatchObject({ to: 'idle', cause: 'rejected for a test' });
    await expectNothingLeft(api, redis.current, exchange);
  });

  it('while Redis is frozen ends it all the same, within its limits', async () => {
    const api = await start(redis.current, { args: AUTOSTART, env: exchange.env, ...preload('reject') });
    await api.waitForState('active');
    redis.current.pause();
    try {
      expect(await ended(api, 'SIGUSR2')).toEqual({ code: 70, signal: null });
      await expectNothingLeft(api, null, exchange);
    } finally {
      redis.current.resume();
    }
  });
});
