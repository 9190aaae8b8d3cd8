/** Values in Redis from a fuzzer: no API crashes over them, none is activated, and no claim that is held is freed. */
import * as fc from 'fast-check';
import type { Redis } from 'ioredis';
import { ERROR_CODES } from '../../src/errors';
import { keys } from '../../src/registry/redis/keys';
import { startApi, TEST_TOKEN, type ApiProcess } from '../support/api-process';
import { useCleanUp, useRedis } from '../support/hooks';
import { startExchange, type LiveExchange } from '../support/live-exchange';
import { waitFor } from '../support/wait-for';
import { expectProblem, loopbackAddress, rawRequest, type RawAnswer } from './raw-http';
import {
  EVERY_PAIR,
  forgedEnding,
  forgedEvent,
  intrusion,
  streamEntry,
  type Intrusion,
  type Place,
} from './redis-arbitraries';

/** `FUZZ_RUNS=20000 npx jest test/security` looks longer; a run here is worth some twenty requests. */
const RUNS = Math.ceil(Number(process.env.FUZZ_RUNS ?? 300) / 20);
const TIMEOUT_MS = 60_000 + RUNS * 2_000;

const STATUS_KEY = keys.status(2);
const EXCHANGE = '/network/exchanges/simulator';

const redis = useRedis();
useCleanUp();
let client: Redis;
let exchange: LiveExchange;
let callers = 0;
beforeEach(async () => {
  client = redis.current.client();
  exchange = await startExchange();
});

function start(args: string[] = []): Promise<ApiProcess> {
  const times = { LEASE_TTL_MS: '3000', HEARTBEAT_INTERVAL_MS: '600', COMMAND_TIMEOUT_MS: '280' };
  return startApi({
    args,
    env: { ...exchange.env, ...times, REDIS_URL: redis.current.url, EMPTY_REDIS_GRACE: 'off' },
  });
}

/** Each caller from an address of its own. */
function ask(api: ApiProcess, target: string, body?: object): Promise<RawAnswer> {
  callers += 1;
  const authorization = ['Authorization', `Bearer ${TEST_TOKEN}`] as const;
  const from = loopbackAddress(callers);
  if (body === undefined) return rawRequest(api.url, { target, from, headers: [authorization] });
  const headers = [authorization, ['Content-Type', 'application/json'] as const];
  return rawRequest(api.url, { method: 'POST', target, from, headers, body: JSON.stringify(body) });
}

type Ending = (holderId: string) => string[];

interface View {
  readonly status: {
    readonly instanceId: string;
    readonly connectionState: string;
    readonly lease: string;
    readonly fencingToken: number | null;
    readonly standby: boolean;
  };
}

async function viewOf(api: ApiProcess): Promise<View['status']> {
  return (JSON.parse((await ask(api, '/control/status')).text) as View).status;
}

function keyOf(place: Place, instanceId: string): string {
  switch (place) {
    case 'status':
      return STATUS_KEY;
    case 'fence':
      return keys.fence(2);
    case 'activity':
      return keys.activity(2);
    case 'commands':
      return keys.commands(2);
    case 'legacy':
      return keys.legacyStatus(2);
    case 'journal':
      return keys.journal(2, instanceId);
    case 'taken':
      return keys.taken(2, '1-1');
    case 'candles:BTC-USD:1m':
      return keys.data(2, place);
  }
}

async function intrude({ place, value, ttlMs }: Intrusion, instanceId: string): Promise<void> {
  const key = keyOf(place, instanceId);
  const act = client.multi().del(key);
  switch (value.kind) {
    case 'string':
      act.set(key, value.bytes);
      break;
    case 'list':
      act.rpush(key, ...value.items);
      break;
    case 'set':
      act.sadd(key, ...value.items);
      break;
    case 'hash':
      act.hset(key, ...value.fields);
      break;
    case 'zset':
      act.zadd(key, ...value.scores.flat());
      break;
    case 'stream':
      for (const entry of value.entries) act.xadd(key, '*', ...entry);
      break;
  }
  if (ttlMs !== null) act.pexpire(key, ttlMs);
  await act.exec();
}

/** Every reading gives a reading, or says in the documented form that Redis cannot be understood. */
async function expectReadable(api: ApiProcess): Promise<void> {
  for (const path of ['/network/exchanges', EXCHANGE, `${EXCHANGE}/activity?count=1000`, '/health/live']) {
    const answer = await ask(api, path);
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status} ${answer.text}`);
  }
}

/** A standby looks at the claim as soon as the log says that something has ended: in vain here, but it says what it found. */
async function expectToHear(standby: ApiProcess): Promise<void> {
  const ending = ['event', JSON.stringify(forgedEvent)];
  await waitFor(
    async () => {
      // The holder puts its claim back at its next heartbeat; whoever looks later does not see this.
      await client.set(STATUS_KEY, 'garbage');
      await client.xadd(keys.activity(2), '*', ...ending);
      return standby.output.findLog({ msg: /^waiting: (?!.* is held by instance )/ });
    },
    { describe: 'the standby to look', intervalMs: 150 },
  );
}

function expectNoFault(api: ApiProcess): void {
  expect(api.running).toBe(true);
  expect(api.output.findLog({ level: 'fatal' })).toBeUndefined();
}

/** As examples of a run. */
const inSixes = (all: readonly Intrusion[]): [[Intrusion[], string[][], Ending[]]][] =>
  Array.from({ length: all.length / 6 }, (_, at) => {
    // Six places each.
    const six = all.filter((_each, index) => index % (all.length / 6) === at);
    return [[six, [], [() => ['event', JSON.stringify(forgedEvent)]]]];
  });

it(
  'under every key of a holder: it holds on, under the same token; a bystander stays one, and a standby goes on waiting',
  async () => {
    const [holder, idle] = await Promise.all([start(['--autostart', 'simulator']), start()]);
    await holder.waitForState('active');
    const { instanceId, fencingToken } = await viewOf(holder);
    const standby = await start(['--autostart', 'simulator', '--standby']);
    await waitFor(async () => (await viewOf(standby)).standby, { describe: 'the standby to wait' });
    await expectToHear(standby);
    const stream = await idle.open('/network/events');
    stream.on('error', () => undefined).resume();
    const run = fc.tuple(
      fc.array(intrusion, { minLength: 1, maxLength: 6 }),
      fc.array(streamEntry, { maxLength: 3 }),
      fc.array(forgedEnding, { minLength: 1, maxLength: 3 }),
    );
    await fc.assert(
      fc.asyncProperty(run, async ([intrusions, entries, endings]) => {
        for (const each of intrusions) await intrude(each, instanceId);
        // Into streams that are in use, too; where a key is of another type it was an intrusion of its own.
        for (const entry of entries)
          for (const key of [keys.activity(2), keys.commands(2)])
            await client.xadd(key, '*', ...entry).catch(() => undefined);
        // Whoever waits is woken by them, over and over, and finds each time that nothing has ended.
        for (const ending of endings)
          await client.xadd(keys.activity(2), '*', ...ending(instanceId)).catch(() => undefined);
        await expectReadable(idle);
        const refused = await ask(idle, '/control/start', { exchange: 'simulator' });
        // While the key is away for a moment nobody gets it who would then hold it beside the holder: see the witness.
        expect({ status: refused.status, code: refused.problem?.code }).toMatchObject({ status: 409 });
        expectProblem(refused, ERROR_CODES);
        expect(await viewOf(holder)).toMatchObject({ instanceId, connectionState: 'active', fencingToken });
        expect(await viewOf(idle)).toMatchObject({ connectionState: 'idle', lease: 'none' });
        expect(await viewOf(standby)).toMatchObject({
          connectionState: 'idle',
          lease: 'none',
          standby: true,
        });
      }),
      { numRuns: RUNS + EVERY_PAIR.length / 6, examples: inSixes(EVERY_PAIR) },
    );
    await waitFor(
      async () => {
        const text = await client.get(STATUS_KEY).catch(() => null);
        return text?.includes(instanceId) === true && (await client.pttl(STATUS_KEY)) > 0;
      },
      { describe: 'the claim to be put back' },
    );
    // What was left in the queue does not keep the holder from obeying.
    const paused = await ask(idle, `${EXCHANGE}/commands`, { type: 'pause' });
    expect({ status: paused.status, text: paused.text }).toMatchObject({
      status: 200,
      text: expect.stringContaining('"done"'),
    });
    expect(await viewOf(holder)).toMatchObject({ connectionState: 'active', lease: 'held', fencingToken });
    expect(exchange.witness).toMatchObject({ now: 1, max: 1 });
    stream.destroy();
    for (const api of [holder, idle, standby]) expectNoFault(api);
    // Not for a moment did it begin.
    expect(standby.logs.filter(({ state }) => state !== undefined && state !== 'idle')).toEqual([]);
    // What lies in the place of its series keeps a start waiting, and is left to whoever put it there.
    await client.del(keys.data(2, 'candles:BTC-USD:1m'));
    holder.kill();
    expect(await holder.exited).toEqual({ code: 0, signal: null });
    // And it was there all the time: it takes over as soon as something has ended.
    await standby.waitForState('active');
    expect((await viewOf(standby)).fencingToken).toBeGreaterThan(fencingToken!);
    expect(exchange.witness).toMatchObject({ now: 1, max: 1 });
    standby.kill();
    expect(await standby.exited).toEqual({ code: 0, signal: null });
    expect(await client.exists(STATUS_KEY)).toBe(0);
  },
  TIMEOUT_MS,
);

it(
  'under the keys of nobody: they start nothing, and refuse or allow a start in order',
  async () => {
    const api = await start();
    const { instanceId } = await viewOf(api);
    await fc.assert(
      fc.asyncProperty(fc.array(intrusion, { minLength: 1, maxLength: 4 }), async (intrusions) => {
        await client.flushall();
        for (const each of intrusions) await intrude(each, instanceId);
        await expectReadable(api);
        expect(await viewOf(api)).toMatchObject({ connectionState: 'idle', lease: 'none' });
        const isBlocked = intrusions.some(({ place }) => place === 'status');
        const answer = await ask(api, '/control/start', { exchange: 'simulator' });
        if (isBlocked) {
          expect({ status: answer.status, code: answer.problem?.code }).toEqual({
            status: 409,
            code: expect.stringMatching(/^(?:EXCHANGE_TAKEN|STATUS_POISONED)$/),
          });
          const leftMs = await client.pttl(STATUS_KEY);
          expect(leftMs).toBeGreaterThan(0);
          expect(leftMs).toBeLessThanOrEqual(3_000);
        } else {
          expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 202 });
          expect((await ask(api, '/control/stop', {})).status).toBe(200);
        }
        expect(await viewOf(api)).toMatchObject({ connectionState: 'idle', lease: 'none' });
      }),
      { numRuns: RUNS },
    );
    expectNoFault(api);
  },
  TIMEOUT_MS,
);
