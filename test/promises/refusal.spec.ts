/** Who is refused learns who holds; who died is replaced at once; who holds can be reached from everywhere. */
import { hostname } from 'node:os';
import { keys } from '../../src/registry/redis/keys';
import { waitFor } from '../support/wait-for';
import { operate } from './operated-api';
import { TIMES, usePromiseWorld } from './promise-world';

const world = usePromiseWorld();

describe('I5: a refused claim names the holder', () => {
  it('LOCK-01, LOCK-04, REG-06: a second autostart ends with 75 and says whom to look for', async () => {
    const env = { PUBLIC_IP: '192.0.2.7' };
    const holder = await world.current.holder({ env });
    const status = await world.current.waitForHolder(holder);
    const second = await world.current.autostarted({ until: 'spawned' });
    expect(await second.exited).toEqual({ code: 75, signal: null });
    const said = String(second.output.findLog({ level: 'fatal' })?.msg);
    expect(said).toContain(
      `instance ${status.instanceId} on host ${hostname()} (IP 192.0.2.7, pid ${holder.pid})`,
    );
    expect(said).toContain(`state active, registered ${String(status.registeredAt)}`);
    expect(said).toContain(`connected ${String(status.connectedAt)}`);
    expect(said).toMatch(/expires in [0-3]\.\d s unless renewed/);
    expect(await world.current.status()).toMatchObject({ claimId: status.claimId });
  });

  it('LOCK-04: a start by command is refused with the same, for a machine', async () => {
    const holder = await world.current.holder();
    const other = await world.current.idle();
    const answer = await other.post('/control/start', { exchange: 'simulator' });
    expect(answer).toMatchObject({
      status: 409,
      headers: { 'content-type': expect.stringContaining('application/problem+json') },
    });
    expect(answer.body).toMatchObject({
      code: 'EXCHANGE_TAKEN',
      holder: {
        pid: holder.pid,
        hostname: hostname(),
        ipAddress: null,
        connectionState: 'active',
        connectedAt: expect.any(String),
        registeredAt: expect.any(String),
      },
    });
    const { expiresInMs } = (answer.body as { holder: { expiresInMs: number } }).holder;
    expect(expiresInMs).toBeGreaterThan(0);
    expect(expiresInMs).toBeLessThanOrEqual(TIMES.leaseTtlMs);
  });
});

describe('P5: the process is the identity, not the host', () => {
  it('LOCK-02: of instances that start at once on one host exactly one holds', async () => {
    const starting = [1, 2, 3].map(() => world.current.autostarted({ until: 'spawned' }));
    const all = await Promise.all(starting);
    await waitFor(() => all.filter(({ running }) => !running).length === 2, { timeoutMs: 20_000 });
    const [holder] = all.filter(({ running }) => running);
    const refused = all.filter((api) => api !== holder);
    expect(await Promise.all(refused.map(({ exited }) => exited))).toEqual([
      { code: 75, signal: null },
      { code: 75, signal: null },
    ]);
    await holder?.waitForState('active');
    expect(world.current.witness.max).toBe(1);
  });

  it('a holder that was killed is replaced by its restart at once, long before its TTL', async () => {
    // With an hour to go, only the proof that the process is gone can let the next one in.
    const env = { LEASE_TTL_MS: '3600000', HEARTBEAT_INTERVAL_MS: '1000' };
    const killed = await world.current.holder({ env });
    const { claimId, instanceId } = await world.current.waitForHolder(killed);
    killed.kill('SIGKILL');
    await killed.exited;
    const restarted = await world.current.holder({ env });
    const listening = Date.parse(String(restarted.output.findLog({ msg: 'listening' })?.time));
    const claimed = await world.current.waitForEvent(
      (event) => event.type === 'claimed' && event.instanceId !== instanceId,
    );
    // Measured from the end of its own start, which is not the registry's. Whoever waits for the TTL waits for an hour.
    expect(claimed.takenAt - listening).toBeLessThan(10_000);
    const log = await world.current.client.xrevrange(keys.activity(2), '+', '-');
    const fields = log.map(([, entry]) => entry).find((entry) => entry.includes('predecessor')) ?? [];
    expect(JSON.parse(fields[fields.indexOf('predecessor') + 1] ?? '')).toMatchObject({
      claimId,
      ended: 'dead',
    });
  });
});

describe('P8: a holder can be commanded from any instance', () => {
  it('pauses, resumes and stops for whoever asks, and its standby takes over at once, long before its TTL', async () => {
    // Whoever does not learn of the release tries again when this has passed.
    const env = { LEASE_TTL_MS: '20000' };
    const holder = operate(await world.current.holder({ env }));
    const standby = await world.current.standby({ env });
    const send = (type: string) =>
      standby.post('/network/exchanges/simulator/commands', { type, reason: 'test' });
    expect((await send('pause')).body).toMatchObject({ outcome: 'done', result: { isPaused: true } });
    expect(await world.current.status()).toMatchObject({ isPaused: true, connectionState: 'active' });
    expect((await send('resume')).body).toMatchObject({ outcome: 'done', result: { isPaused: false } });
    expect((await send('stop')).body).toMatchObject({ outcome: 'done', result: { connectionState: 'idle' } });
    await standby.waitForState('active', { timeoutMs: 25_000 });
    const released = await world.current.waitForEvent(({ type }) => type === 'released');
    const claimed = await world.current.waitForEvent(
      ({ type, takenAt }) => type === 'claimed' && takenAt >= released.takenAt,
    );
    // By the clock of Redis, which wrote both.
    expect(claimed.takenAt - released.takenAt).toBeLessThan(5_000);
    expect(await holder.status()).toMatchObject({ connectionState: 'idle', fencingToken: null });
    expect(world.current.witness.max).toBe(1);
  });
});

describe('P9: the factory only creates adapters', () => {
  it('every run has a connection of its own, and leaves none behind', async () => {
    const api = operate(await world.current.idle());
    await api.startAndReadToken();
    await api.stop();
    await api.startAndReadToken();
    const { intervals, max } = world.current.witness;
    expect(intervals.map(({ closedAt }) => closedAt === null)).toEqual([false, true]);
    expect(max).toBe(1);
    await api.stop();
    await waitFor(() => world.current.witness.sockets.now === 0);
  });
});
