/** Two instances of the API on one Redis: what an operator can do to the one by way of the other. */
import { startApi, type ApiProcess } from '../support/api-process';
import { useCleanUp, useRedis } from '../support/hooks';

const redis = useRedis();
useCleanUp();

const EXCHANGE = '/network/exchanges/simulator';

async function startBoth(): Promise<{ holder: ApiProcess; other: ApiProcess }> {
  const env = {
    REDIS_URL: redis.current.url,
    LEASE_TTL_MS: '6000',
    HEARTBEAT_INTERVAL_MS: '1500',
    EMPTY_REDIS_GRACE: 'off',
  };
  const [holder, other] = await Promise.all([
    startApi({ env, args: ['--autostart=simulator'] }),
    startApi({ env }),
  ]);
  await holder.waitForState('active');
  return { holder, other };
}

describe('by way of another instance', () => {
  it('the holder is paused, resumed and stopped', async () => {
    const { holder, other } = await startBoth();
    for (const [type, expected] of [
      ['pause', { isPaused: true, connectionState: 'active' }],
      ['resume', { isPaused: false, connectionState: 'active' }],
      ['stop', { connectionState: 'idle', lease: 'none' }],
    ] as const) {
      const { status, body } = await other.post(`${EXCHANGE}/commands`, {
        type,
        reason: `a test of ${type}`,
      });
      expect({ status, body }).toMatchObject({ status: 200, body: { outcome: 'done', result: expected } });
    }
    await holder.waitForLog({ to: 'stopping', cause: 'a test of stop', actor: 'operator' });
    expect((await other.get(EXCHANGE)).body).toMatchObject({ presence: 'offline' });
  });

  it('a holder that hangs does not read, is revoked, and does not come back', async () => {
    const { holder, other } = await startBoth();
    const { fencingToken } = (await other.get(EXCHANGE)).body as { fencingToken: number };
    holder.pause();
    const unread = await other.post(`${EXCHANGE}/commands`, { type: 'stop', timeoutMs: 300 });
    expect(unread.body).toMatchObject({ status: 410, code: 'COMMAND_EXPIRED', holder: { pid: holder.pid } });
    const revoked = await other.post(`${EXCHANGE}/revoke`, {
      reason: 'hangs',
      fencingToken,
      holderIsDead: true,
    });
    expect(revoked.body).toMatchObject({ claimableInMs: 0, revoked: { pid: holder.pid } });
    expect((await other.post('/control/start', { exchange: 'simulator' })).status).toBe(202);
    await other.waitForState('active');
    holder.resume();
    await holder.waitForLog({ msg: /^claim lost/ });
    // Under autostart without standby, an exchange that somebody else holds ends the process.
    expect((await holder.exited).code).toBe(75);
    const again = await other.post(`${EXCHANGE}/revoke`, { reason: 'too late', fencingToken });
    expect(again.body).toMatchObject({ status: 409, code: 'TOKEN_MISMATCH' });
    expect((await other.get('/health')).body).toMatchObject({
      status: 'ok',
      lease: 'held',
      exchange: 'simulator',
    });
  });

  it('everything says 503 while Redis is away, and goes on when it is back', async () => {
    const { other } = await startBoth();
    redis.current.pause();
    const call = { timeoutMs: 5_000 };
    expect((await other.get(EXCHANGE, call)).body).toMatchObject({ status: 503, code: 'STORE_UNAVAILABLE' });
    expect((await other.get('/health', call)).body).toMatchObject({ status: 'error', redis: 'down' });
    expect((await other.get('/health/ready')).status).toBe(200);
    redis.current.resume();
    await other.waitForRoute('/health');
    await other.waitForRoute(EXCHANGE, ({ status }) => status === 200);
  });
});
