/** A viewer asks for the longest answers there are, again and again and many at once: the holder goes on renewing its claim. */
import type { Redis } from 'ioredis';
import { keys } from '../../src/registry/redis/keys';
import { type ApiProcess, startApi } from '../support/api-process';
import { useCleanUp, useRedis } from '../support/hooks';
import { open } from '../support/http-client';
import { startExchange, temporaryFile } from '../support/live-exchange';
import { waitFor } from '../support/wait-for';

const VIEWER = 'viewer-token-of-the-test-run-0123456789';
const EXCHANGE = '/network/exchanges/simulator';
const LEASE_TTL_MS = 5_000;
const HEARTBEAT_INTERVAL_MS = 1_900;
const AT_ONCE = 300;
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
      const answer = await open(this.api.url + this.path, { token: VIEWER, timeoutMs: 30_000 });
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

it.each([`${EXCHANGE}/activity?count=1000`, '/network/exchanges'])('GET %s', async (path) => {
  const exchange = await startExchange();
  const client = redis.current.client();
  await fillLog(client);
  const api = await startApi({
    env: {
      ...exchange.env,
      REDIS_URL: redis.current.url,
      EMPTY_REDIS_GRACE: 'off',
      EXCHANGES_FILE: await largeCatalogue(),
      VIEWER_TOKEN: VIEWER,
      LEASE_TTL_MS: String(LEASE_TTL_MS),
      HEARTBEAT_INTERVAL_MS: String(HEARTBEAT_INTERVAL_MS),
      COMMAND_TIMEOUT_MS: '900',
    },
    args: ['--autostart=simulator'],
  });
  await api.waitForState('active');
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
  const health = await api.get('/health');
  await flood.stop();
  const { body } = await api.get('/control/status');
  expect(api.output.findLog({ msg: /^claim lost/ })).toBeUndefined();
  expect(api.output.findLog({ msg: 'heartbeat not answered' })).toBeUndefined();
  expect(health.body).toMatchObject({ status: 'ok', lease: 'held', redis: 'up' });
  expect(body).toMatchObject({ status: { connectionState: 'active', lease: 'held' } });
  expect([...flood.answers.keys()].filter((kind) => kind !== '200' && kind !== '503 NOT_READY')).toEqual([]);
  expect(flood.answers.get('200')).toBeGreaterThan(0);
});
