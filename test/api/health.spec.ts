import { ExitCode } from '../../src/process-exit';
import { InstanceRegistry } from '../../src/registry/instance-registry';
import type { MemoryStore } from '../../src/registry/memory';
import { waitFor } from '../support/wait-for';
import { newWorld, startApiApp, type ApiApp } from './api-app';

let world: MemoryStore;
let api: ApiApp;
beforeEach(() => {
  world = newWorld();
});
afterEach(async () => {
  world.down = false;
  await api.close();
});

const health = (path = '') => api.call(`/health${path}`, { token: null });

describe('health', () => {
  it('is good while idle', async () => {
    api = await startApiApp({ world });
    const answer = await health();
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      status: 'ok',
      connectionState: 'idle',
      exchange: null,
      instanceId: expect.any(String),
      lease: 'none',
      redis: 'up',
      lastError: null,
      lastErrorAt: null,
      details: { redis: { status: 'up' }, lease: { status: 'up', lease: 'none' } },
    });
  });

  it('is good while an exchange is held, and names it', async () => {
    api = await startApiApp({ world });
    await api.call('/control/start', { body: { exchange: 'simulator' } });
    await api.reach('active');
    expect((await health()).json).toMatchObject({
      status: 'ok',
      connectionState: 'active',
      exchange: 'simulator',
      lease: 'held',
    });
  });

  it('is good while an exchange is waited for, and says why and until when', async () => {
    world.forget();
    api = await startApiApp({ world, args: ['--autostart', 'simulator'] });
    const waiting = { code: 'CLAIM_DEFERRED', until: expect.stringMatching(/^\d{4}-.*Z$/) };
    const answer = await waitFor(async () => {
      const { json } = await health();
      return JSON.stringify(json).includes('waiting') ? json : null;
    });
    expect(answer).toMatchObject({
      status: 'ok',
      details: { lease: { status: 'up', lease: 'none', waiting } },
    });
    expect((await api.call('/control/status')).json).toMatchObject({
      mode: 'idle',
      status: { standby: false, waiting: { ...waiting, message: expect.any(String) } },
    });
  });

  it('is bad while Redis does not answer, but the process is alive and ready', async () => {
    api = await startApiApp({ world });
    world.down = true;
    const answer = await health();
    expect(answer.status).toBe(503);
    expect(answer.json).toMatchObject({
      status: 'error',
      redis: 'down',
      details: { redis: { status: 'down' } },
    });
    expect((await health('/live')).status).toBe(200);
    expect((await health('/ready')).status).toBe(200);
  });

  it('is bad while the claim cannot be proven', async () => {
    const env = { LEASE_TTL_MS: '3000', HEARTBEAT_INTERVAL_MS: '300' };
    api = await startApiApp({ world, env });
    await api.call('/control/start', { body: { exchange: 'simulator' } });
    await api.reach('active');
    world.down = true;
    const doubtful = await waitFor(async () => {
      const { json } = await health();
      return json.lease === 'unknown' ? json : null;
    });
    expect(doubtful).toMatchObject({
      status: 'error',
      details: { lease: { status: 'down', lease: 'unknown' } },
    });
  });

  it('tells of the last failure no more than its code, whoever asks', async () => {
    api = await startApiApp({ world });
    const message = 'held by a on host trading-1 (IP 203.0.113.7, pid 42), Redis at 10.0.0.5:6379';
    api.app.get(InstanceRegistry).recordError(new Error(message));
    const { text, json } = await health();
    expect(json).toMatchObject({ lastError: 'WORKLOAD_FAILED', lastErrorAt: expect.stringMatching(/Z$/) });
    expect(text).not.toMatch(/trading-1|203\.0|10\.0/);
    expect((await api.call('/control/status')).json).toMatchObject({ status: { lastError: message } });
  });

  it('is not ready any more once the end of the process has been asked for', async () => {
    api = await startApiApp({ world });
    api.exit.request(ExitCode.Stopped, new Error('SIGTERM'));
    expect((await health('/ready')).json).toMatchObject({ status: 503, code: 'NOT_READY' });
    expect((await health('/live')).status).toBe(200);
  });

  it('leaves no line in the log', async () => {
    api = await startApiApp({ world });
    const before = api.lines.length;
    await Promise.all([health(), health('/live'), health('/ready')]);
    expect(api.lines.slice(before)).toEqual([]);
  });
});
