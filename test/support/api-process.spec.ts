import { TEST_TOKEN, startApi } from './api-process';
import { useCleanUp } from './hooks';

const script = 'test/support/fixtures/http-echo.mjs';

describe('startApi', () => {
  useCleanUp();

  it('runs a script as a process and sends requests with the token', async () => {
    const api = await startApi({ script });
    const { status, body } = await api.post('/control/start', { exchange: 'simulator' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      method: 'POST',
      url: '/control/start',
      headers: { authorization: `Bearer ${TEST_TOKEN}`, 'content-type': 'application/json' },
      body: '{"exchange":"simulator"}',
    });
    expect((await api.get('/health', { token: undefined })).body).not.toHaveProperty('headers.authorization');
  });

  it('collects its log lines', async () => {
    const api = await startApi({ script });
    expect(await api.waitForLog({ msg: /listen/, level: 30 })).toMatchObject({ port: String(api.port) });
  });

  it('reports how it ended', async () => {
    const stopped = await startApi({ script });
    stopped.kill('SIGTERM');
    expect(await stopped.exited).toEqual({ code: 0, signal: null });
    const refused = await startApi({ script, args: ['--fail'], until: 'spawned' });
    expect(await refused.exited).toEqual({ code: 75, signal: null });
    const killed = await startApi({ script });
    killed.kill('SIGKILL');
    expect(await killed.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('says what a process printed that ended before it listened', async () => {
    await expect(startApi({ script, args: ['--fail'] })).rejects.toThrow(/ended with code 75 .*refused/s);
  });

  it('gives the process nothing of the environment of the tests', async () => {
    process.env.LEASE_TTL_MS = 'nonsense';
    try {
      const api = await startApi({ script: 'test/support/fixtures/print-environment.mjs', until: 'spawned' });
      await api.exited;
      expect(api.logs[0]).toMatchObject({ CONTROL_TOKEN: TEST_TOKEN });
      expect(api.logs[0]).not.toHaveProperty('LEASE_TTL_MS');
    } finally {
      delete process.env.LEASE_TTL_MS;
    }
  });
});
