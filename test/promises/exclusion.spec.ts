/** At most one instance works on an exchange, whatever happens to processes, Redis and the way to it. */
import type { ApiProcess } from '../support/api-process';
import { startTcpProxy } from '../support/tcp-proxy';
import { waitFor } from '../support/wait-for';
import { operate } from './operated-api';
import { frozenAt, TIMES, usePromiseWorld } from './promise-world';

const world = usePromiseWorld();

/** Redis's times are whole milliseconds, and each command of a script reads them anew. */
const ROUNDED_MS = 5;

const instanceOf = async (api: ApiProcess) =>
  ((await api.get('/control/status')).body as { status: { instanceId: string } }).status.instanceId;

describe('I1: at most one instance works on an exchange', () => {
  it('P1: a holder that stood still past its TTL neither works nor overwrites its successor; it says who holds', async () => {
    const stopped = await world.current.holder(frozenAt('renew.before-send'));
    const former = await instanceOf(stopped);
    const standby = await world.current.standby();
    // Behind the last look at its own clocks: the renewal goes out when the process is let go on, long after its time.
    stopped.kill('SIGUSR2');
    await stopped.output.waitForLine(/^reached renew/);
    await standby.waitForState('active');
    const successor = await world.current.waitForHolder(standby);
    const requestsBefore = world.current.witness.intervals.length;
    const resumedAt = Date.now();
    stopped.resume();
    expect(await stopped.exited).toEqual({ code: 75, signal: null });
    const { intervals } = world.current.witness;
    // A stopped process stays connected without working: what counts is that it closes and never connects again.
    expect(intervals).toHaveLength(requestsBefore);
    const ofFormer = intervals.filter(({ client }) => client === former);
    expect(ofFormer.every(({ openedAt, closedAt }) => openedAt < resumedAt && closedAt !== null)).toBe(true);
    expect(stopped.output.findLog({ level: 'error', msg: /^claim lost: / })).toBeDefined();
    expect(
      stopped.output.findLog({ level: 'fatal', msg: new RegExp(`pid ${standby.pid}\\b`) }),
    ).toBeDefined();
    expect(await world.current.status()).toMatchObject({
      claimId: successor.claimId,
      connectionState: 'active',
    });
    expect(await world.current.activity()).toContainEqual(
      expect.objectContaining({ type: 'lost', instanceId: former }),
    );
  });

  it('P7: a holder cut off from Redis has stopped its work before its key expires', async () => {
    const proxy = await startTcpProxy(world.current.redis.port);
    const holder = await world.current.holder({ env: { REDIS_URL: proxy.url } });
    const former = await instanceOf(holder);
    proxy.hold();
    let expiresAt = 0;
    const closed = await waitFor(async () => {
      const now = await world.current.statusWithTtl();
      expiresAt = Math.max(expiresAt, now.expiresAt);
      return world.current.witness.now === 0 && world.current.witness.intervals.at(-1);
    });
    expect(closed).toMatchObject({ client: former });
    expect(closed.to).toBeLessThan(expiresAt);
    await waitFor(async () => (await world.current.status()) === null);
    await proxy.pass();
    await holder.waitForState('active');
    expect(world.current.witness.max).toBe(1);
  });

  it('P7: work that is lost while Redis stands still ends, and begins again under a new token', async () => {
    const holder = await world.current.holder();
    const before = await world.current.waitForHolder(holder);
    world.current.redis.pause();
    try {
      await waitFor(() => world.current.witness.now === 0);
      const health = await holder.waitForRoute(
        '/health',
        ({ body }) => (body as { lease: string }).lease !== 'held',
      );
      expect(health.body).toMatchObject({ redis: 'down' });
    } finally {
      world.current.redis.resume();
    }
    const after = await world.current.waitForStatus(
      ({ connectionState, claimId }) => connectionState === 'active' && claimId !== before.claimId,
    );
    expect(after.fencingToken).toBeGreaterThan(before.fencingToken);
    expect(world.current.witness.max).toBe(1);
  });

  it('LOCK-03: of several standbys one wins each time a holder is killed, the others go on waiting', async () => {
    const first = await world.current.holder();
    const others = await Promise.all([world.current.standby(), world.current.standby()]);
    first.kill('SIGKILL');
    const second = await waitFor(async () => {
      const status = await world.current.status();
      return others.find(({ pid }) => pid === status?.pid);
    });
    const third = others.find((api) => api !== second)!;
    await second.waitForState('active');
    expect((await third.get('/control/status')).body).toMatchObject({
      status: { standby: true, connectionState: 'idle' },
    });
    second.kill('SIGKILL');
    await third.waitForState('active');
    expect(world.current.witness.max).toBe(1);
  });

  it('a Redis that lost everything makes newcomers wait until the holder it forgot has stopped', async () => {
    const proxy = await startTcpProxy(world.current.redis.port);
    const newcomer = await world.current.idle({ env: { EMPTY_REDIS_GRACE: 'on' } });
    const forgotten = await world.current.holder({ env: { REDIS_URL: proxy.url } });
    const former = await instanceOf(forgotten);
    proxy.hold();
    await world.current.redis.restart({ keepData: false });
    // 503 until it is connected again, 409 while the holder may be working.
    await waitFor(
      async () => (await newcomer.post('/control/start', { exchange: 'simulator' })).status === 202,
      { intervalMs: 400 },
    );
    await newcomer.waitForState('active');
    const { intervals, max } = world.current.witness;
    expect(max).toBe(1);
    expect(intervals.findLast(({ client }) => client === former)?.to).toBeLessThan(
      intervals.at(-1)?.from ?? 0,
    );
  });

  it('a revoked holder that lives has left the exchange before the next one claims', async () => {
    // Started by command: it does not try again.
    const revoked = operate(await world.current.idle());
    const fencingToken = await revoked.startAndReadToken();
    const former = await instanceOf(revoked.process);
    const successor = await world.current.standby();
    const request = { reason: 'test', fencingToken };
    const { status } = await successor.post('/network/exchanges/simulator/revoke', request);
    expect(status).toBe(200);
    await world.current.waitForHolder(successor);
    await successor.waitForState('active');
    const { intervals, max } = world.current.witness;
    expect(max).toBe(1);
    const left = intervals.findLast(({ client }) => client === former)?.to;
    const claimed = await world.current.waitForEvent(
      ({ type, instanceId }) => type === 'claimed' && instanceId !== former,
    );
    expect(left).toBeLessThan(Date.parse(String(claimed.at)));
    await revoked.process.waitForState('idle');
  });

  it('the claim after a revoked holder that stands still waits out its deadline', async () => {
    const revoked = await world.current.holder();
    const { fencingToken } = await world.current.waitForHolder(revoked);
    const successor = await world.current.standby();
    // Standing still, it learns nothing of its revocation.
    revoked.pause();
    const { expiresAt } = await world.current.statusWithTtl();
    const answer = await successor.post('/network/exchanges/simulator/revoke', {
      reason: 'test',
      fencingToken,
    });
    expect(answer).toMatchObject({ status: 200, body: { claimableInMs: expect.any(Number) } });
    const revokedAt = Date.now();
    const status = await world.current.waitForHolder(successor);
    const { claimableInMs } = answer.body as { claimableInMs: number };
    expect(revokedAt + claimableInMs).toBeGreaterThanOrEqual(expiresAt - ROUNDED_MS);
    const claimed = await world.current.waitForEvent(
      ({ type, claimId }) => type === 'claimed' && claimId === status.claimId,
    );
    // When the key would have gone by itself: the deadline of whoever held it is before that.
    expect(claimed.takenAt).toBeGreaterThanOrEqual(expiresAt - ROUNDED_MS);
    expect(status.fencingToken).toBeGreaterThan(fencingToken);
    expect(TIMES.leaseTtlMs).toBeGreaterThanOrEqual(claimableInMs);
  });
});
