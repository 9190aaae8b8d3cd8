/**
 * An exchange that misbehaves, seen from outside the process: the claim is kept while there is hope, and given back
 * when there is none; the error is shown in the status, in health and in the log; everything mends by itself.
 */
import type { FaultInput } from '../../src/exchange/simulator/fault.schema';
import type { ApiProcess } from '../support/api-process';
import { eventsOf } from '../support/exchange-log';
import { useCleanUp, useRedis } from '../support/hooks';
import { LiveExchange, startExchange } from '../support/live-exchange';
import { waitFor } from '../support/wait-for';
import { AUTOSTART, ended, instanceOf, isClaimed, start } from '../endings/instance';

const redis = useRedis();
let exchange: LiveExchange;
beforeEach(async () => (exchange = await startExchange()));
useCleanUp();

interface Shown {
  readonly connectionState: string;
  readonly lease: string;
  readonly lastError: string | null;
  readonly fencingToken: number | null;
}

async function shownBy(api: ApiProcess): Promise<Shown> {
  return ((await api.get('/control/status')).body as { status: Shown }).status;
}

/** The error is wherever an operator may look. */
async function expectShown(api: ApiProcess, error: RegExp) {
  await waitFor(async () => error.test((await shownBy(api)).lastError ?? ''), {
    describe: () => `the error ${error}; the last lines were\n${api.output.lastLines(5)}`,
  });
  const health = await api.get('/health');
  expect(health.body).toMatchObject({ lastError: expect.stringMatching(/^[A-Z_]+$/), redis: 'up' });
  await waitFor(
    async () =>
      (await eventsOf(redis.current, instanceOf(api))).some(
        ({ type, cause }) => type === 'error' && error.test(cause),
      ),
    { describe: `the error ${error} in the activity log` },
  );
  expect(api.logs.some(({ level, msg }) => level === 'error' && error.test(String(msg)))).toBe(true);
}

/** Faults of answers, met while starting; a start lives through each of them. */
const PASSING: [string, FaultInput, RegExp][] = [
  ['429', { kind: 'http429', retryAfterSeconds: 0 }, /status 429/],
  ['500', { kind: 'http500' }, /status 500/],
  ['HTML', { kind: 'html' }, /not JSON/],
  ['half a candle', { kind: 'halfCandle' }, /not JSON/],
  ['a refused socket', { kind: 'refusal' }, /503/],
];

it.each(PASSING)('answers %s once: the start goes on under the same claim', async (_what, fault, error) => {
  exchange.fault(fault);
  const api = await start(redis.current, { args: AUTOSTART, env: exchange.env });
  await api.waitForState('active');
  await expectShown(api, error);
  expect(await shownBy(api)).toMatchObject({ connectionState: 'active', lease: 'held' });
  const claims = (await eventsOf(redis.current, instanceOf(api))).filter(({ type }) => type === 'claimed');
  expect(claims).toHaveLength(1);
  expect(await ended(api, 'SIGTERM')).toMatchObject({ code: 0 });
});

it('answers 500 for good: the start fails, the claim is given back, and the next start succeeds', async () => {
  exchange.fault({ kind: 'http500', count: 1_000 });
  const api = await start(redis.current, { env: exchange.env });
  expect((await api.post('/control/start', { exchange: 'simulator' })).status).toBe(202);
  await waitFor(async () => (await shownBy(api)).connectionState === 'idle', { timeoutMs: 20_000 });
  await expectShown(api, /no usable answer in 5 tries: status 500/);
  expect(await shownBy(api)).toMatchObject({ lease: 'none', fencingToken: null });
  expect(await isClaimed(redis.current)).toBe(false);
  expect(exchange.sockets).toBe(0);
  expect((await api.get('/control/status')).body).toMatchObject({ connectionState: 'error' });

  exchange.simulator.faults.clear();
  expect((await api.post('/control/start', { exchange: 'simulator' })).status).toBe(202);
  await api.waitForState('active');
});

it('gives no answer at all: a stop is not kept waiting', async () => {
  exchange.fault({ kind: 'nothing', count: 1_000 });
  const api = await start(redis.current, { args: AUTOSTART, env: exchange.env });
  await waitFor(() => exchange.sockets === 1);
  await api.waitForState('starting');
  expect(await api.post('/control/stop')).toMatchObject({ status: 200, body: { connectionState: 'idle' } });
  expect(await isClaimed(redis.current)).toBe(false);
  expect(await ended(api, 'SIGTERM')).toMatchObject({ code: 0 });
});

it('closes, breaks off, talks nonsense and loses trades: an active instance mends it under its claim', async () => {
  const api = await start(redis.current, { args: AUTOSTART, env: exchange.env });
  await api.waitForState('active');
  const { fencingToken } = await shownBy(api);
  const faults: [FaultInput, RegExp][] = [
    [{ kind: 'unknownMessage' }, /message type "simulated_unknown"/],
    [{ kind: 'garbage' }, /not JSON/],
    [{ kind: 'gap' }, /trades? (?:is|are) missing/],
    [{ kind: 'close' }, /closed with code 1011/],
    [{ kind: 'close', code: 1006 }, /closed with code 1006/],
  ];
  for (const [fault, error] of faults) {
    exchange.fault(fault);
    await expectShown(api, error);
    await waitFor(() => exchange.witness?.now === 1, { describe: 'the instance to be connected again' });
    expect(await shownBy(api)).toMatchObject({ connectionState: 'active', lease: 'held', fencingToken });
  }
  expect(exchange.witness).toMatchObject({ max: 1, overlaps: [] });
  expect(await ended(api, 'SIGTERM')).toMatchObject({ code: 0 });
});

it('is away at first: autostart tries again by itself until it is there', async () => {
  exchange.fault({ kind: 'refusal', count: 4 });
  const api = await start(redis.current, { args: AUTOSTART, env: exchange.env });
  await api.waitForLog({ msg: /beginning again/ }, { timeoutMs: 20_000 });
  await api.waitForState('active', { timeoutMs: 20_000 });
  const types = (await eventsOf(redis.current, instanceOf(api))).map(({ type }) => type);
  expect(types.filter((type) => type === 'claimed')).toHaveLength(2);
  expect(types.filter((type) => type === 'released')).toHaveLength(1);
});
