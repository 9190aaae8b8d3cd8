/** Requests without sense, from a fuzzer: refused in the documented form, and nothing in the process has changed. */
import * as fc from 'fast-check';
import { once } from 'node:events';
import { connect } from 'node:net';
import { ERROR_CODES } from '../../src/errors';
import { RouteTable, type Route } from '../../src/http/route-table';
import { CommandType } from '../../src/registry/command-queue';
import type { MemoryStore } from '../../src/registry/memory';
import { newWorld, startApiApp, type ApiApp } from '../api/api-app';
import { CONTROL_TOKEN } from '../api/http-app';
import { BodiesReached } from './bodies-reached';
import { fittingBodies, PROTOTYPE_NAMES } from './body-arbitraries';
import { expectProblem, expectInOrder, loopbackAddress, rawRequest, type Header } from './raw-http';
import { requestTo } from './request-arbitraries';

/** `FUZZ_RUNS=20000 npx jest test/security` looks longer. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 500);
const TIMEOUT_MS = 30_000 + RUNS * 30;
/** Most of what can go wrong is in bodies, and those are sent to what changes something. */
const weightOf = ({ method }: Route) => (method === 'POST' ? 4 : 1);
const AUTHORIZATION: Header = ['Authorization', `Bearer ${CONTROL_TOKEN}`];

let world: MemoryStore;
let api: ApiApp;
beforeAll(async () => {
  world = newWorld();
  api = await startApiApp({ world, env: { LOG_LEVEL: 'trace' } });
});
afterAll(() => api.close());

function ownNames(): string[] {
  return [Object.prototype, Array.prototype, Function.prototype, String.prototype].flatMap((prototype) =>
    Reflect.ownKeys(prototype).map(String),
  );
}

it(
  'whatever an operator sends, it is a problem document or a reading, and nothing is started, stopped or written',
  async () => {
    const before = ownNames();
    const status = async () => (await api.call('/control/status')).text;
    const asItWas = await status();
    const { routes } = api.app.get(RouteTable);
    // Those that are there would be started.
    const exchange = fc.oneof(
      fc.constantFrom('nowhere', ...PROTOTYPE_NAMES, '\ud800', '\u0000', 'simulator '),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }),
    );
    const command = fc.constantFrom(...Object.values(CommandType));
    const bodies = fittingBodies({ exchange, command, realRevocationOneIn: 2 });
    const reached = new BodiesReached();
    let callers = 0;
    const send = () =>
      fc.assert(
        fc.asyncProperty(requestTo({ routes, bodies, weightOf }), async (call) => {
          callers += 1;
          const headers = [AUTHORIZATION, ...(call.headers ?? [])];
          const answer = await rawRequest(api.url, { ...call, headers, from: loopbackAddress(callers) });
          reached.count(call.route);
          // Only reading succeeds, whatever is sent along.
          expectInOrder(call, answer, ERROR_CODES, (code) => code === 200 && call.method === 'GET');
        }),
        { numRuns: RUNS },
      );
    try {
      await send();
      // What chance has left out comes with more of them.
      if (reached.neglected(routes).length > 0) await send();
    } finally {
      reached.stop();
    }
    expect(reached.neglected(routes)).toEqual([]);
    expect(ownNames()).toEqual(before);
    expect(await status()).toBe(asItWas);
    for (const id of [1, 2]) {
      const { status: held, fence, activity } = world.exchange(id);
      expect({ held, fence, entries: activity.entries }).toEqual({ held: null, fence: null, entries: [] });
    }
    const faults = api.lines.filter((line) => /"level":"(?:error|fatal)"/.test(line));
    expect(faults).toEqual([]);
  },
  TIMEOUT_MS,
);

it('a body that cannot be read is not repeated, neither in the answer nor in the log', async () => {
  const secret = 'canary-of-a-body-0123456789';
  for (const [type, body] of [
    ['application/json', secret],
    ['application/json', `{"reason": ${secret}`],
    ['application/json', `{"reason": "${secret}`],
    ['application/json', `{"colour": "${secret}"}`],
    ['application/json', `{"reason": ["${secret}"]}`],
    ['application/json; charset=utf-16', secret],
    [`text/${secret}`, '{}'],
    [`application/json; charset=${secret}`, '{}'],
  ] as const) {
    const headers = [AUTHORIZATION, ['Content-Type', type] as const];
    const answer = await rawRequest(api.url, { method: 'POST', target: '/control/stop', headers, body });
    expectProblem(answer, ERROR_CODES);
    expect(answer.head + answer.text).not.toContain(secret.slice(0, 6));
  }
  expect(api.lines.join('')).not.toContain(secret.slice(0, 6));
});

it.each(['100-continue', 'nonsense'])('an expectation of %s is met or refused', async (expectation) => {
  const headers: Header[] = [AUTHORIZATION, ['Expect', expectation], ['Content-Type', 'application/json']];
  const answer = await rawRequest(api.url, { method: 'POST', target: '/control/stop', headers, body: '{}' });
  if (expectation === 'nonsense') return expectProblem(answer, ERROR_CODES);
  expect(answer.head + answer.text).toMatch(/^HTTP\/1\.1 100 Continue[^]*COMMAND_NOT_ALLOWED/);
});

it('a head or a body that comes slowly, and connections beyond number, are cut off by the server', () => {
  const { headersTimeout, requestTimeout, keepAliveTimeout, maxConnections } = api.app.getHttpServer();
  expect(headersTimeout).toBeLessThanOrEqual(15_000);
  expect(requestTimeout).toBeLessThanOrEqual(30_000);
  expect(keepAliveTimeout).toBeLessThanOrEqual(10_000);
  expect(maxConnections).toBeLessThanOrEqual(1_000);
});

it('a connection beyond the number is dropped, and served when there is room again', async () => {
  const server = api.app.getHttpServer();
  const { maxConnections } = server;
  const silent = connect(Number(new URL(api.url).port), '127.0.0.1');
  await once(server, 'connection');
  server.maxConnections = 1;
  const dropped = await rawRequest(api.url, { target: '/health/live' });
  server.maxConnections = maxConnections;
  expect(dropped.status).toBe(0);
  expect((await rawRequest(api.url, { target: '/health/live' })).status).toBe(200);
  silent.destroy();
});
