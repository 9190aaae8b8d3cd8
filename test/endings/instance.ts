/** An API process whose end is looked at, and what must be true after it. */
import { connect } from 'node:net';
import { startApi, type ApiOptions, type ApiProcess } from '../support/api-process';
import { STATUS_KEY, untilNobodyElseIsConnected } from '../support/exchange-log';
import { catalogueFile, startHttpStub, type LiveExchange } from '../support/live-exchange';
import type { RedisServer } from '../support/redis-server';
import { waitFor } from '../support/wait-for';

export const FAST = { LEASE_TTL_MS: '3000', HEARTBEAT_INTERVAL_MS: '900', EMPTY_REDIS_GRACE: 'off' };
export const AUTOSTART = ['--autostart', 'simulator'];
/** No end may take longer, on however slow a machine; an ordinary one takes milliseconds. */
export const END_LIMIT_MS = 10_000;

export function preload(fixture: 'hold' | 'block' | 'reject' | 'heap' | 'endless'): { nodeArgs: string[] } {
  return { nodeArgs: ['--require', `${__dirname}/fixtures/${fixture}.cjs`] };
}

export function start(redis: RedisServer, options: ApiOptions = {}): Promise<ApiProcess> {
  return startApi({ ...options, env: { REDIS_URL: redis.url, ...FAST, ...options.env } });
}

/** A catalogue of the exchange with no candle of the past: whoever works on it stays warming. Resolves to its file. */
export async function exchangeWithoutHistory({ address }: LiveExchange): Promise<string> {
  const restUrl = await startHttpStub((_request, response) => response.end('[]'));
  return catalogueFile(restUrl, address.wsUrl);
}

/** Sends the signal and waits for the end. Resolves to how it came. */
export async function ended(api: ApiProcess, signal?: NodeJS.Signals) {
  if (signal !== undefined) api.kill(signal);
  await waitFor(() => !api.running, {
    timeoutMs: END_LIMIT_MS,
    describe: () => `the end of ${api.name}; it printed\n${api.output.lastLines()}`,
  });
  return api.exited;
}

export async function isClaimed(redis: RedisServer): Promise<boolean> {
  const client = redis.client();
  const exists = await client.exists(STATUS_KEY);
  client.disconnect();
  return exists === 1;
}

/** Nothing of an ended process may be seen any more, from Redis, the exchange, or the network. */
export async function expectNothingLeft(api: ApiProcess, redis: RedisServer | null, exchange?: LiveExchange) {
  if (redis !== null) await untilNobodyElseIsConnected(redis);
  await waitFor(() => (exchange?.sockets ?? 0) === 0, { describe: 'the exchange to be left' });
  expect(await accepts(api.port)).toBe(false);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** The id by which the registry knows it. */
export function instanceOf(api: ApiProcess): unknown {
  return api.logs.find(({ instance }) => typeof instance === 'string')?.instance;
}
