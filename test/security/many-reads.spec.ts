/** A viewer asks for the longest answers there are, again and again and many at once: the holder goes on renewing its claim. */
import type { Redis } from 'ioredis';
import { renewScript } from '../../src/registry/redis/holder.scripts';
import { keys } from '../../src/registry/redis/keys';
import { readScript } from '../../src/registry/redis/observer.scripts';
import { type ApiProcess, startApi } from '../support/api-process';
import { useCleanUp, useRedis } from '../support/hooks';
import { open } from '../support/http-client';
import { startExchange, temporaryFile } from '../support/live-exchange';
import { monitorOf } from '../support/monitor';
import { waitFor } from '../support/wait-for';

const VIEWER = 'viewer-token-of-the-test-run-0123456789';
const EXCHANGE = '/network/exchanges/simulator';
/** Long enough for a busy machine to renew it beside the reads. */
const LEASE_TTL_MS = 9_000;
/** As patient with each renewal as the relations of the settings allow. */
const BESIDE_THE_READS = { HEARTBEAT_INTERVAL_MS: '3900', COMMAND_TIMEOUT_MS: '1900' };
const AT_ONCE = 300;
/** The server takes one connection in each round of its loop; the last of so many waits long where the machine is busy. */
const PATIENCE_MS = 30_000;
const CHUNK = 250;

const redis = useRedis();
useCleanUp();

/** A log of 1,000 entries, each as long as what an operator may write. */
async function fillLog(client: Redis): Promise<void> {
  const cause = 'x'.repeat(500);
  const common = { type: 'paused', exchangeId: 2, exchangeName: 'simulator', instanceId: 'an-earlier-one' };
  const event = { ...common, at: '2026-01-01T00:00:00.000Z', claimId: null, fencingToken: null, cause };
  for (let seq = 1; seq <= 1_000; seq += CHUNK) {
    const pipeline = client.pipeline();
    for (let at = seq; at < seq + CHUNK; at += 1)
      pipeline.xadd(
        keys.activity(2),
        '*',
        'event',
        JSON.stringify({ ...event, actor: 'operator', seq: at, data: { detail: cause } }),
      );
    await pipeline.exec();
  }
}

/** Asks as a viewer until it is stopped; each asker goes on when it is answered. Counts answers by status and content. */
class Flood {
  readonly answers = new Map<string, number>();
  readonly #stopped = new AbortController();
  readonly #askers: Promise<void>[];

  constructor(
    private readonly api: ApiProcess,
    private readonly path: string,
  ) {
    this.#askers = Array.from({ length: AT_ONCE }, () => this.#ask());
  }

  /** Resolves when everything that was asked is answered; rejects when something was not. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#askers);
  }

  async #ask(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const answer = await open(this.api.url + this.path, { token: VIEWER, timeoutMs: PATIENCE_MS });
      let refusal = '';
      for await (const chunk of answer) if (answer.statusCode !== 200) refusal += String(chunk);
      const code = refusal === '' ? '' : ` ${String((JSON.parse(refusal) as { code: unknown }).code)}`;
      const kind = `${answer.statusCode}${code}`;
      this.answers.set(kind, (this.answers.get(kind) ?? 0) + 1);
    }
  }
}

/** As many exchanges as there may be, the one that is held among them. Resolves to the path of the file. */
function largeCatalogue(): Promise<string> {
  const entries = Array.from({ length: 1_000 }, (_, at) => ({
    id: at + 1,
    name: at === 1 ? 'simulator' : `exchange-${at + 1}`,
    displayName: 'An exchange of the test',
    adapter: 'coinbase',
    symbols: ['BTC-USD'],
    restUrl: null,
    wsUrl: null,
  }));
  return temporaryFile('exchanges.json', JSON.stringify(entries));
}

async function startHolder(client: Redis, times: Readonly<Record<string, string>>): Promise<ApiProcess> {
  const exchange = await startExchange();
  await fillLog(client);
  const api = await startApi({
    env: {
      ...exchange.env,
      REDIS_URL: redis.current.url,
      EMPTY_REDIS_GRACE: 'off',
      EXCHANGES_FILE: await largeCatalogue(),
      VIEWER_TOKEN: VIEWER,
      LEASE_TTL_MS: String(LEASE_TTL_MS),
      ...times,
    },
    args: ['--autostart=simulator'],
  });
  await api.waitForState('active');
  return api;
}

const LONGEST_PAGE = `${EXCHANGE}/activity?count=1000`;
const ALL_EXCHANGES = '/network/exchanges';

it.each([LONGEST_PAGE, ALL_EXCHANGES])(
  'GET %s, by many at once',
  async (path) => {
    const client = redis.current.client();
    const api = await startHolder(client, BESIDE_THE_READS);
    const lastHeartbeatMs = async () => {
      const text = await client.get(keys.status(2));
      return text === null ? null : Date.parse((JSON.parse(text) as { lastHeartbeat: string }).lastHeartbeat);
    };
    const beganMs = (await lastHeartbeatMs())!;
    const flood = new Flood(api, path);
    await waitFor(
      async () => {
        const lastMs = await lastHeartbeatMs();
        return lastMs === null || lastMs > beganMs + LEASE_TTL_MS;
      },
      { describe: 'a heartbeat one TTL later', timeoutMs: 5 * LEASE_TTL_MS },
    );
    // It waits like everybody else to be connected.
    const health = await api.get('/health', { timeoutMs: PATIENCE_MS });
    await flood.stop();
    const { body } = await api.get('/control/status');
    expect(api.output.findLog({ msg: /^claim lost/ })).toBeUndefined();
    expect(health.body).toMatchObject({ status: 'ok', lease: 'held', redis: 'up' });
    expect(body).toMatchObject({ status: { connectionState: 'active', lease: 'held' } });
    expect([...flood.answers.keys()].filter((kind) => kind !== '200' && kind !== '503 NOT_READY')).toEqual(
      [],
    );
    expect(flood.answers.get('200')).toBeGreaterThan(0);
  },
  60_000,
);

// How long a reply to a renewal waits behind others is a matter of the machine; that it need not is one of the connections.
it.each([
  {
    path: LONGEST_PAGE,
    isLong: ([name, , , , , count]: string[]) => name === 'xrevrange' && count === '1001',
  },
  {
    path: ALL_EXCHANGES,
    isLong: ([name, sha, , key]: string[]) =>
      name === 'evalsha' && sha === readScript.sha && key === keys.status(1_000),
  },
])('GET $path reads over another connection than that of the renewals', async ({ path, isLong }) => {
  const client = redis.current.client();
  const api = await startHolder(client, { HEARTBEAT_INTERVAL_MS: '600' });
  const [renewing, reading] = [new Set<string>(), new Set<string>()];
  const monitor = await monitorOf(client);
  monitor.on('monitor', (_time: string, args: string[], source: string) => {
    if (args[0] === 'evalsha' && args[1] === renewScript.sha) renewing.add(source);
    if (isLong(args)) reading.add(source);
  });
  try {
    expect(await api.get(path)).toMatchObject({ status: 200 });
    await waitFor(() => renewing.size > 0 && reading.size > 0);
  } finally {
    monitor.disconnect();
  }
  expect([...reading].filter((source) => renewing.has(source))).toEqual([]);
});
