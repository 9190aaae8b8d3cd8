/** Nothing an outsider writes to Redis or sends over HTTP ends the process, frees a claim or starts work. */
import * as fc from 'fast-check';
import { TEST_TOKEN, type ApiProcess } from '../support/api-process';
import { fetchAnswer } from '../support/http-client';
import { waitFor } from '../support/wait-for';
import { operate } from './operated-api';
import { ACTIVITY_KEY, FENCE_KEY, STATUS_KEY, TIMES, usePromiseWorld } from './promise-world';

const world = usePromiseWorld();

const FUTURE = { schemaVersion: 99, instanceId: 'a-later-program', claimId: 'c', fencingToken: 7, news: [1] };
const PREDECESSOR = { instanceId: 'old-1', hostname: 'old-host', status: 'connected', startedAt: 1 };

/** What an outsider may leave under a key. Every one lasts for ever if nobody acts. */
const INTRUSIONS: Readonly<Record<string, (key: string) => Promise<unknown>>> = {
  garbage: (key) => world.current.client.set(key, 'not a status'),
  nothing: (key) => world.current.client.set(key, ''),
  'a megabyte': (key) => world.current.client.set(key, 'x'.repeat(1_048_576)),
  'deep JSON': (key) => world.current.client.set(key, '['.repeat(50_000)),
  'a list': (key) => world.current.client.rpush(key, 'a', 'b'),
  'a stream': (key) => world.current.client.xadd(key, '*', 'event', 'x'),
};

async function intrude(key: string, name: string): Promise<void> {
  await world.current.client.del(key);
  await INTRUSIONS[name]?.(key);
}

async function expectAlive(api: ApiProcess): Promise<void> {
  expect(await api.get('/health/live')).toMatchObject({ status: 200 });
}

describe('I8: what outsiders write to Redis', () => {
  it('under the status key of a holder is replaced at the next heartbeat, and neither frees nor stops anything', async () => {
    const holder = await world.current.holder();
    const { claimId, fencingToken } = await world.current.waitForHolder(holder);
    for (const name of Object.keys(INTRUSIONS)) {
      await intrude(STATUS_KEY, name);
      await waitFor(
        async () => {
          const { text, ttlMs } = await world.current
            .statusWithTtl()
            .catch(() => ({ text: null, ttlMs: -1 }));
          return ttlMs > 0 && text?.includes(claimId);
        },
        { describe: `the status to be put back over ${name}` },
      );
    }
    expect(await world.current.status()).toMatchObject({ claimId, fencingToken, connectionState: 'active' });
    expect(world.current.witness).toMatchObject({ now: 1, max: 1 });
  });

  it('under the fence and the activity of a holder stops nothing, and tokens go on growing', async () => {
    const holder = operate(await world.current.idle());
    const token = await holder.startAndReadToken();
    for (const name of Object.keys(INTRUSIONS)) {
      await intrude(FENCE_KEY, name);
      await intrude(ACTIVITY_KEY, name);
      const { lastHeartbeat } = await world.current.waitForHolder(holder.process);
      await world.current.waitForStatus((status) => status.lastHeartbeat > lastHeartbeat);
      expect(await holder.status()).toMatchObject({ connectionState: 'active', fencingToken: token });
    }
    await holder.stop();
    expect(await world.current.status()).toBeNull();
    expect(await holder.startAndReadToken()).toBeGreaterThan(token);
  });

  it('under the status key of nobody starts no work, is shown, and blocks for one TTL at most', async () => {
    const { client, witness } = world.current;
    const api = operate(await world.current.idle());
    const formats = Object.values({ FUTURE, PREDECESSOR }).map((format) => JSON.stringify(format));
    const puts = [
      ...Object.keys(INTRUSIONS).map((name) => () => intrude(STATUS_KEY, name)),
      ...formats.map((text) => () => client.set(STATUS_KEY, text)),
    ];
    for (const put of puts) {
      await client.del(STATUS_KEY);
      await put();
      const refused = await api.process.post('/control/start', { exchange: 'simulator' });
      expect(refused).toMatchObject({ status: 409, body: { code: 'STATUS_POISONED' } });
      const { body } = await api.process.get('/network/exchanges/simulator');
      expect(body).toMatchObject({ presence: expect.stringMatching(/^held$|^unreadable$/) });
      const ttlMs = await client.pttl(STATUS_KEY);
      expect(ttlMs).toBeGreaterThan(0);
      expect(ttlMs).toBeLessThanOrEqual(TIMES.leaseTtlMs);
      expect(await api.status()).toMatchObject({ connectionState: 'idle', fencingToken: null });
    }
    expect(witness.intervals).toHaveLength(0);
    await waitFor(async () => (await client.exists(STATUS_KEY)) === 0);
    await api.startAndReadToken();
  });

  it('under the predecessor’s key holds nobody up, and is gone with the first claim', async () => {
    const { client } = world.current;
    await client.set('exchange:status:2', JSON.stringify(PREDECESSOR));
    await world.current.holder();
    await waitFor(async () => (await client.exists('exchange:status:2')) === 0);
  });
});

const VIEWER = 'viewer-token-of-the-test-run-0123456789';

describe('I8: what outsiders send over HTTP', () => {
  const paths = [
    '/control/start',
    '/control/stop',
    '/control/pause',
    '/network/exchanges/simulator/commands',
    '/network/exchanges/simulator/revoke',
    '/network/exchanges/simulator/activity?count=%00',
    '/network/exchanges/%2e%2e%2f',
    '/health',
    '/%ff',
  ];

  it('neither ends the process nor frees its claim, whoever it says it is', async () => {
    const holder = await world.current.holder({ env: { VIEWER_TOKEN: VIEWER } });
    const { claimId } = await world.current.waitForHolder(holder);
    const request = fc.record({
      path: fc.oneof(fc.constantFrom(...paths), fc.webPath()),
      method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'),
      body: fc.oneof(
        fc.json(),
        fc.string(),
        fc.constant(`{"a":${'['.repeat(5_000)}`),
        fc.constant('x'.repeat(20_000)),
      ),
      // The operator's would be obeyed.
      token: fc.constantFrom(undefined, 'wrong', TEST_TOKEN.slice(0, -1), VIEWER),
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ path, ...call }) => {
        const { status, text } = await fetchAnswer(holder.url + path, call);
        expect({ path, isFault: status >= 500, text }).toMatchObject({ isFault: false });
      }),
      { numRuns: 150 },
    );
    expect(await world.current.status()).toMatchObject({
      claimId,
      connectionState: 'active',
      isPaused: false,
    });
    expect(world.current.witness).toMatchObject({ now: 1, max: 1 });
    await expectAlive(holder);
  });

  it('with the operator’s token but without sense starts no work', async () => {
    const api = await world.current.idle();
    const bodies = fc.oneof(fc.json(), fc.string(), fc.constant('x'.repeat(20_000)));
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const { status } = await api.post('/control/start', body);
        expect(status).toBeGreaterThanOrEqual(400);
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 25 },
    );
    expect(await operate(api).status()).toMatchObject({ connectionState: 'idle' });
    expect(world.current.witness.intervals).toHaveLength(0);
    expect(await world.current.status()).toBeNull();
  });
});
