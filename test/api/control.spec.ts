import { newWorld, startApiApp, type ApiApp } from './api-app';

let api: ApiApp;
afterEach(() => api.close());

const status = async () => (await api.call('/control/status')).json;

describe('the control routes', () => {
  it('show an idle instance in both views', async () => {
    api = await startApiApp();
    expect(await status()).toMatchObject({
      connectionState: 'idle',
      isPaused: false,
      status: {
        connectionState: 'idle',
        exchange: null,
        lease: 'none',
        fencingToken: null,
        allowedCommands: ['start'],
        standby: false,
      },
    });
  });

  it('start, pause, resume and stop an exchange', async () => {
    api = await startApiApp();
    const started = await api.call('/control/start', { body: { exchange: 'simulator', reason: 'a test' } });
    expect(started.status).toBe(202);
    expect(started.json).toMatchObject({
      connectionState: 'starting',
      exchange: { id: 2, name: 'simulator' },
      lease: 'held',
    });
    await api.reach('active');
    expect((await status()).connectionState).toBe('connected');
    const paused = await api.call('/control/pause', { body: {} });
    expect(paused.status).toBe(200);
    expect(paused.json).toMatchObject({ isPaused: true, connectionState: 'active' });
    const resumed = await api.call('/control/resume', { method: 'POST' });
    expect(resumed.json).toMatchObject({ isPaused: false });
    const stopped = await api.call('/control/stop', { body: { reason: 'enough' } });
    expect(stopped.status).toBe(200);
    expect(stopped.json).toMatchObject({ connectionState: 'idle', exchange: null, lease: 'none' });
  });

  it('refuse what cannot be done now, and say what can', async () => {
    api = await startApiApp();
    for (const command of ['stop', 'pause', 'resume']) {
      const answer = await api.call(`/control/${command}`, { body: {} });
      expect(answer.json).toMatchObject({
        status: 409,
        code: 'COMMAND_NOT_ALLOWED',
        state: 'idle',
        allowed: ['start'],
      });
    }
  });

  it('do not know an exchange outside the catalogue', async () => {
    api = await startApiApp();
    const answer = await api.call('/control/start', { body: { exchange: 'nowhere' } });
    expect(answer.json).toMatchObject({ status: 404, code: 'UNKNOWN_EXCHANGE' });
  });

  it('name the holder of an exchange that is taken, or wait for it', async () => {
    const world = newWorld();
    api = await startApiApp({ world });
    const other = await startApiApp({ world });
    try {
      const begun = await other.call('/control/start', { body: { exchange: 'simulator' } });
      const refused = await api.call('/control/start', { body: { exchange: 'simulator' } });
      expect(refused.json).toMatchObject({
        status: 409,
        code: 'EXCHANGE_TAKEN',
        holder: { instanceId: begun.json.instanceId, pid: process.pid },
      });
      const waiting = await api.call('/control/start', { body: { exchange: 'simulator', standby: true } });
      expect(waiting.status).toBe(202);
      expect(waiting.json).toMatchObject({
        standby: true,
        connectionState: 'idle',
        allowedCommands: ['stop'],
      });
      expect((await api.call('/health', { token: null })).status).toBe(200);
    } finally {
      await other.close();
    }
    await api.reach('active');
  });

  it.each([
    ['start', {}],
    ['start', { exchange: '' }],
    ['start', { exchange: 2 }],
    ['start', { exchange: 'simulator', standby: 'yes' }],
    ['start', { exchange: 'simulator', force: true }],
    ['stop', { reason: 5 }],
    ['stop', { reason: 'x'.repeat(501) }],
    ['pause', { now: true }],
    ['resume', []],
    ['start', { exchange: 'simulator', reason: '  ' }],
  ])('refuse %s with a body that is not as documented (%#)', async (command, body) => {
    api = await startApiApp();
    const answer = await api.call(`/control/${command}`, { body });
    expect(answer.json).toMatchObject({ status: 400, code: 'INVALID_REQUEST' });
  });
});
