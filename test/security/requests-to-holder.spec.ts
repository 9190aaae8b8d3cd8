/** Requests from a fuzzer to an instance that holds its exchange on a real Redis: what is accepted gets to the scripts, and is kept as it was sent. */
import * as fc from 'fast-check';
import type { Redis } from 'ioredis';
import { ERROR_CODES } from '../../src/errors';
import { RouteTable, type Route } from '../../src/http/route-table';
import type { ActivityPage } from '../../src/registry/activity-log';
import { CommandType } from '../../src/registry/command-queue';
import { keys } from '../../src/registry/redis/keys';
import { startApiApp, type ApiApp } from '../api/api-app';
import { CONTROL_TOKEN } from '../api/http-app';
import { useCleanUp, useRedis } from '../support/hooks';
import { startExchange } from '../support/live-exchange';
import { waitFor } from '../support/wait-for';
import { BodiesReached } from './bodies-reached';
import { fittingBodies, reason } from './body-arbitraries';
import {
  expectInOrder,
  loopbackAddress,
  rawRequest,
  type Header,
  type RawAnswer,
  type RawCall,
} from './raw-http';
import { requestTo } from './request-arbitraries';

/** `FUZZ_RUNS=20000 npx jest test/security` looks longer. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 200);
const TIMEOUT_MS = 60_000 + RUNS * 200;
const LEASE_TTL_MS = 8_000;
const STATUS_KEY = keys.status(2);
/** What the scripts must have been given. */
const ODD_REASONS = {
  'half of a pair': { is: /\p{Surrogate}/u, example: 'a\ud800b' },
  NUL: { is: /\0/, example: 'a\0b' },
  'right to left': { is: /[\u05d0\u202e]/, example: 'a\u202e\u05d0' },
};
const LARGE_TOKEN = 2 ** 52;

/** What would end the holding has to be made good each time. */
const weightOf = ({ method, path }: Route) => (method === 'GET' || path === '/control/stop' ? 1 : 5);

const redis = useRedis();
useCleanUp();

/** The one instance, its operator, and what Redis shows of it. */
class Held {
  readonly acceptedReasons: string[] = [];
  #callers = 0;

  constructor(
    readonly api: ApiApp,
    private readonly client: Redis,
  ) {}

  /** Each time from another address. */
  send(call: RawCall): Promise<RawAnswer> {
    this.#callers += 1;
    const authorization: Header = ['Authorization', `Bearer ${CONTROL_TOKEN}`];
    const headers = [authorization, ...(call.headers ?? [])];
    return rawRequest(this.api.url, { ...call, headers, from: loopbackAddress(this.#callers) });
  }

  #post(target: string, body: object): Promise<RawAnswer> {
    const headers: Header[] = [['Content-Type', 'application/json']];
    return this.send({ method: 'POST', target, headers, body: JSON.stringify(body) });
  }

  async isActive(): Promise<boolean> {
    const { status } = (await this.api.call('/control/status')).json as {
      status: { connectionState: string; lease: string };
    };
    return status.connectionState === 'active' && status.lease === 'held';
  }

  /** Begins if it does not hold: after a stop or a revocation that was meant. */
  async hold(why: string): Promise<void> {
    if (await this.isActive()) return;
    const start = { exchange: 'simulator', reason: why };
    await waitFor(async () => (await this.#post('/control/start', start)).status === 202, {
      describe: 'the exchange to be claimed again',
      timeoutMs: 2 * LEASE_TTL_MS,
      intervalMs: 100,
    });
    this.acceptedReasons.push(why.trim());
    await this.api.reach('active');
  }

  /** One of each kind, whatever else is drawn. */
  async sayWhatIsOdd(): Promise<void> {
    for (const { example } of Object.values(ODD_REASONS)) {
      for (const target of ['/control/pause', '/control/resume']) {
        expect(await this.#post(target, { reason: example })).toMatchObject({ status: 200 });
        this.acceptedReasons.push(example);
      }
    }
  }

  revokeBeyond(fencingToken: number): Promise<RawAnswer> {
    const body = { reason: 'a token from nowhere', fencingToken };
    return this.#post('/network/exchanges/simulator/revoke', body);
  }

  /** A status is a status and expires; there may be none. */
  async expectKept(): Promise<void> {
    const [text, leftMs] = await Promise.all([this.client.get(STATUS_KEY), this.client.pttl(STATUS_KEY)]);
    if (text === null) return;
    expect(JSON.parse(text)).toMatchObject({ exchangeName: 'simulator', fencingToken: expect.any(Number) });
    // Gone since the text was read.
    if (leftMs === -2) return;
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(LEASE_TTL_MS);
  }

  /** Causes of everything in the log. */
  async causes(): Promise<Set<string>> {
    const causes = new Set<string>();
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { json } = await this.api.call(`/network/exchanges/simulator/activity?count=1000${query}`);
      const page = json as unknown as ActivityPage;
      for (const { cause } of page.entries) causes.add(cause);
      cursor = page.nextCursor;
    }
    return causes;
  }
}

it(
  'whatever an operator sends to a holder, it is answered in order, and what was accepted is in the log as it was sent',
  async () => {
    const exchange = await startExchange();
    const client = redis.current.client();
    const api = await startApiApp({
      world: null,
      env: {
        ...exchange.env,
        REDIS_URL: redis.current.url,
        EMPTY_REDIS_GRACE: 'off',
        LEASE_TTL_MS: String(LEASE_TTL_MS),
        HEARTBEAT_INTERVAL_MS: '2000',
        COMMAND_TIMEOUT_MS: '950',
        LOG_LEVEL: 'trace',
      },
    });
    const held = new Held(api, client);
    try {
      const { routes } = api.app.get(RouteTable);
      const bodies = fittingBodies({
        exchange: fc.constantFrom('simulator', 'coinbase', 'nowhere'),
        command: fc.constantFrom(CommandType.Pause, CommandType.Resume),
        realRevocationOneIn: 60,
      });
      let revocations = 0;
      await held.hold('the first start');
      await held.sayWhatIsOdd();
      for (const token of [LARGE_TOKEN + 1, Number.MAX_SAFE_INTEGER])
        expect((await held.revokeBeyond(token)).problem).toMatchObject({ code: 'TOKEN_MISMATCH' });
      // From here on: it counts one body for each request.
      const reached = new BodiesReached();
      const drawn = fc.assert(
        fc.asyncProperty(requestTo({ routes, bodies, weightOf }), reason, async (call, why) => {
          const answer = await held.send(call);
          const reading = reached.count(call.route);
          expectInOrder(call, answer, ERROR_CODES, (status) => status === 200 || status === 202);
          if (reading?.fits === true) {
            const given = reading.body as { readonly reason?: unknown };
            if (answer.status === 200 && typeof given.reason === 'string')
              held.acceptedReasons.push(given.reason.trim());
          }
          if (answer.status === 200 && call.route.path.endsWith('/revoke')) {
            revocations += 1;
            await api.reach('idle');
          }
          await held.expectKept();
          await held.hold(why);
        }),
        { numRuns: RUNS },
      );
      await drawn.finally(() => reached.stop());
      for (const [kind, { is }] of Object.entries(ODD_REASONS))
        expect({ kind, isAccepted: held.acceptedReasons.some((each) => is.test(each)) }).toMatchObject({
          isAccepted: true,
        });
      const causes = await held.causes();
      expect(held.acceptedReasons.filter((each) => !causes.has(each))).toEqual([]);
      expect(await held.isActive()).toBe(true);
      const faults = api.lines.filter((line) => /"level":"(?:error|fatal)"/.test(line));
      const fencedOut = faults.filter((line) => line.includes('"code":"FENCED_OUT"'));
      const others = faults.filter((line) => !fencedOut.includes(line));
      expect(others.filter((line) => !line.includes('claim lost: revoked'))).toEqual([]);
      expect(others).toHaveLength(revocations);
      // Of candles that were on their way when their claim was revoked: one write at most for each.
      const tokens = fencedOut.map((line) => /"ownToken":(\d+)/.exec(line)?.[1]);
      expect(new Set(tokens).size).toBe(fencedOut.length);
      expect(fencedOut.length).toBeLessThanOrEqual(revocations);
      expect(exchange.witness?.max).toBe(1);
    } finally {
      await api.close();
    }
    expect(await client.exists(STATUS_KEY)).toBe(0);
  },
  TIMEOUT_MS,
);
