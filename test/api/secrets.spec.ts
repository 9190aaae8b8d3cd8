/** Whatever a client sends, nothing secret is logged, and the process goes on. */
import { assert, asyncProperty, constantFrom, jsonValue, oneof, string } from 'fast-check';
import { startApiApp, type ApiApp } from './api-app';
import { CONTROL_TOKEN, VIEWER_TOKEN } from './http-app';

let api: ApiApp;
beforeAll(async () => {
  api = await startApiApp({ env: { LOG_LEVEL: 'trace' } });
});
afterAll(() => api.close());

describe('the log', () => {
  it('has no token in it, however requests carry one', async () => {
    const before = api.lines.length;
    await api.call('/control/status');
    await api.call('/control/status', { token: `${CONTROL_TOKEN}x` });
    await api.call(`/nowhere?token=${CONTROL_TOKEN}`);
    await api.call(`/network/exchanges/${VIEWER_TOKEN}`);
    await api.call('/control/start', { body: { exchange: CONTROL_TOKEN } });
    await api.call('/control/stop', { body: `{"reason": "${CONTROL_TOKEN}` });
    expect(api.lines.slice(before).filter((line) => line.includes('"path"'))).toHaveLength(6);
    const text = api.lines.join('');
    expect(text).not.toContain(CONTROL_TOKEN);
    expect(text).not.toContain(VIEWER_TOKEN);
    expect(text).not.toMatch(/authorization/i);
  });

  it('is one JSON object a line', () => {
    for (const line of api.lines) {
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(JSON.parse(line)).toHaveProperty('msg');
    }
  });
});

describe('any body at all', () => {
  const post = [
    '/control/start',
    '/network/exchanges/simulator/commands',
    '/network/exchanges/simulator/revoke',
  ];

  it('is answered with a problem document, never with a failure of ours', async () => {
    await assert(
      asyncProperty(constantFrom(...post), oneof(jsonValue(), string()), async (path, body) => {
        const answer = await api.call(path, { body });
        expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
        expect([400, 404, 429]).toContain(answer.status);
      }),
      { numRuns: 60 },
    );
  });

  it('and any path', async () => {
    await assert(
      asyncProperty(string({ unit: 'grapheme' }), async (name) => {
        const answer = await api.call(`/network/exchanges/x${encodeURIComponent(name)}`);
        expect(answer.json).toMatchObject({ status: 404 });
      }),
      { numRuns: 60 },
    );
  });
});
