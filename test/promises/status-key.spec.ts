/** The status key: written by its holder alone, always with a TTL, gone with its holder. */
import { waitFor } from '../support/wait-for';
import { operate } from './operated-api';
import { monitorOf } from '../support/monitor';
import { ACTIVITY_KEY, frozenAt, STATUS_KEY, TIMES, usePromiseWorld } from './promise-world';

const world = usePromiseWorld();

/** Looks at the key as often as it can until it is told to end; returns the TTL of every look at which it was there. */
function watchTtl() {
  const over = new AbortController();
  const looks: number[] = [];
  const watched = (async () => {
    while (!over.signal.aborted) {
      const { text, ttlMs } = await world.current.statusWithTtl();
      if (text !== null) looks.push(ttlMs);
    }
  })();
  return async () => {
    over.abort();
    await watched;
    return looks;
  };
}

describe('I3: a status key always has a TTL, and goes with its holder', () => {
  it('P3, FIX-03, HB-01: through every command, and when the key vanishes in the middle', async () => {
    const endWatch = watchTtl();
    const api = operate(await world.current.idle());
    await api.startAndReadToken();
    await api.pause();
    // The next write finds no key: the predecessor made one that lived for ever.
    await world.current.client.del(STATUS_KEY);
    await api.resume();
    await world.current.waitForStatus(({ isPaused }) => isPaused === false);
    await world.current.client.del(STATUS_KEY);
    await api.pause();
    await world.current.waitForStatus(({ isPaused }) => isPaused === true);
    await api.stop();
    expect(await world.current.status()).toBeNull();
    const looks = await endWatch();
    expect(looks.length).toBeGreaterThan(0);
    expect(Math.min(...looks)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...looks)).toBeLessThanOrEqual(TIMES.leaseTtlMs);
  });

  it('FIX-03: a key that an outsider made eternal has a TTL again with the next heartbeat', async () => {
    await world.current.holder();
    expect(await world.current.client.persist(STATUS_KEY)).toBe(1);
    await waitFor(async () => (await world.current.statusWithTtl()).ttlMs > 0);
  });

  it('LOCK-03: the key of a holder that died is gone within one TTL', async () => {
    const holder = await world.current.holder();
    holder.kill('SIGKILL');
    await holder.exited;
    const diedAt = Date.now();
    const { expiresAt } = await world.current.statusWithTtl();
    expect(expiresAt).toBeLessThanOrEqual(diedAt + TIMES.leaseTtlMs);
    await waitFor(async () => (await world.current.status()) === null);
    const next = await world.current.holder();
    expect(await world.current.status()).toMatchObject({ pid: next.pid });
  });

  it('P4: a late shutdown leaves the claim of its successor alone', async () => {
    const late = await world.current.holder(frozenAt('release.before-send'));
    const successor = await world.current.standby();
    late.kill('SIGUSR2');
    await late.output.waitForLine(/^failpoint armed/);
    late.kill('SIGTERM');
    await late.output.waitForLine(/^reached release/);
    const { claimId } = await world.current.waitForHolder(successor);
    late.resume();
    expect(await late.exited).toEqual({ code: 0, signal: null });
    expect(await world.current.status()).toMatchObject({ claimId, pid: successor.pid });
  });
});

describe('the status', () => {
  it('REG-01, REG-02, REG-03, REG-04, HB-04: says who holds, through every state, until it is given back', async () => {
    const seen = new Map<string, Record<string, unknown>>();
    const reader = world.current.redis.client({ db: 0 });
    // Every change of the key in order, as Redis carried it out; no reader is fast enough to see them all.
    const monitor = await monitorOf(reader);
    monitor.on('monitor', (_time: string, args: string[]) => {
      if (args[0]?.toLowerCase() !== 'set' || args[1] !== STATUS_KEY) return;
      const status = JSON.parse(args[2] ?? '') as Record<string, unknown>;
      seen.set(String(status.connectionState), status);
    });
    const holder = await world.current.holder({
      env: { PUBLIC_IP: '192.0.2.7', ADMIN_NAME: 'Ops', ADMIN_EMAIL: 'ops@example.org' },
    });
    holder.kill('SIGTERM');
    expect((await holder.exited).code).toBe(0);
    monitor.disconnect();
    expect([...seen.keys()]).toEqual(['idle', 'starting', 'warming', 'active', 'stopping', 'stopped']);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(seen.get('warming')).toMatchObject({ connectedAt: null });
    expect(seen.get('active')).toMatchObject({
      schemaVersion: 2,
      instanceId: expect.any(String),
      claimId: expect.any(String),
      exchangeId: 2,
      exchangeName: 'simulator',
      hostname: expect.any(String),
      pid: holder.pid,
      ipAddress: '192.0.2.7',
      appVersion: expect.stringMatching(/^\d+\.\d+\.\d+/),
      adminEmail: 'ops@example.org',
      adminDisplayName: 'Ops',
      isPaused: false,
      symbolCount: 2,
      registeredAt: time,
      connectedAt: time,
      lastHeartbeat: time,
      lastStateChange: time,
      lastError: null,
      lastErrorAt: null,
      fencingToken: expect.any(Number),
    });
    expect(await world.current.status()).toBeNull();
  });

  it('FIX-01, HB-01, HB-03: is renewed with every heartbeat, which really runs', async () => {
    await world.current.holder();
    const beats = new Set<string>();
    const expiries: number[] = [];
    await waitFor(async () => {
      const { text, expiresAt } = await world.current.statusWithTtl();
      beats.add((JSON.parse(text ?? '') as { lastHeartbeat: string }).lastHeartbeat);
      if (expiresAt !== expiries.at(-1)) expiries.push(expiresAt);
      return beats.size >= 4;
    });
    const times = [...beats].map((beat) => Date.parse(beat));
    expect(times.toSorted((a, b) => a - b)).toEqual(times);
    expect(expiries.length).toBeGreaterThanOrEqual(3);
    expect(expiries.toSorted((a, b) => a - b)).toEqual(expiries);
  });

  it('HB-02: lasts 45 s and is renewed every 15 s unless set otherwise', async () => {
    const none = {
      LEASE_TTL_MS: '',
      HEARTBEAT_INTERVAL_MS: '',
      SAFETY_MARGIN_MS: '',
      COMMAND_TIMEOUT_MS: '',
    };
    await world.current.holder({ env: none });
    const { ttlMs } = await world.current.statusWithTtl();
    expect(ttlMs).toBeGreaterThan(25_000);
    expect(ttlMs).toBeLessThanOrEqual(45_000);
    const beatAt = async () => Date.parse(String((await world.current.status())?.lastHeartbeat));
    const next = async (after: number) =>
      waitFor(async () => ((await beatAt()) > after ? beatAt() : null), {
        timeoutMs: 25_000,
        intervalMs: 100,
      });
    const first = await next(await beatAt());
    const betweenMs = (await next(first)) - first;
    expect(betweenMs).toBeGreaterThan(14_000);
    expect(betweenMs).toBeLessThan(17_000);
  }, 60_000);

  it('REG-05: gets the public address when it is found, and waits for it with nothing', async () => {
    const preload = `${__dirname}/fixtures/public-ip-on-usr2.cjs`;
    const nodeArgs = ['--require', preload];
    const holder = await world.current.holder({ nodeArgs, env: { PUBLIC_IP: 'auto' } });
    expect(await world.current.status()).toMatchObject({ ipAddress: null, connectionState: 'active' });
    holder.kill('SIGUSR2');
    await world.current.waitForStatus(({ ipAddress }) => ipAddress === '192.0.2.9');
  });
});

describe('P6: an error during start gives the exchange back and stays visible', () => {
  /** What was done to the status key and to the activity log, in the order of Redis, until it is ended. */
  async function watchCommands() {
    const done: { readonly name: string; readonly key: string; readonly text: string }[] = [];
    const monitor = await monitorOf(world.current.redis.client({ db: 0 }));
    monitor.on('monitor', (_time: string, [name = '', key = '', ...rest]: string[]) => {
      if (key === STATUS_KEY || key === ACTIVITY_KEY)
        done.push({ name: name.toLowerCase(), key, text: rest.join(' ') });
    });
    return { done, end: () => monitor.disconnect() };
  }

  it('FIX-02: and is recorded also when the status key is gone', async () => {
    const { simulator, client } = world.current;
    simulator.faults.add({ kind: 'http500', status: 500, count: 100_000 });
    // Neither a heartbeat nor the progress of a start puts the key back: it is gone when the error is recorded.
    const api = await world.current.autostarted({
      env: { LEASE_TTL_MS: '60000', HEARTBEAT_INTERVAL_MS: '25000' },
      nodeArgs: ['--require', `${__dirname}/fixtures/stop-before-error.cjs`],
    });
    await api.output.waitForLine(/^about to record an error$/);
    expect(await world.current.status()).toMatchObject({ pid: api.pid, connectionState: 'starting' });
    const { done, end } = await watchCommands();
    await client.del(STATUS_KEY);
    api.resume();
    const isError = ({ name, key, text }: (typeof done)[number]) =>
      name === 'xadd' && key === ACTIVITY_KEY && text.includes('"type":"error"');
    await waitFor(() => done.some(isError), { describe: 'the error in the activity log' });
    end();
    const before = done.slice(0, done.findIndex(isError)).filter(({ key }) => key === STATUS_KEY);
    expect(before.findLast(({ name }) => name === 'set' || name === 'del')).toMatchObject({ name: 'del' });
    const failed = await world.current.waitForEvent(({ to, from }) => to === 'idle' && from === 'starting');
    const released = await world.current.waitForEvent(({ type }) => type === 'released');
    // Told first: in `idle` nothing is held.
    expect(failed.takenAt).toBeGreaterThanOrEqual(released.takenAt);
    await api.waitForRoute(
      '/health',
      ({ body }) => (body as { lastError: unknown }).lastError === 'WORKLOAD_FAILED',
    );
    const shown = await api.get('/control/status');
    const { lastError } = (shown.body as { status: { lastError: string } }).status;
    expect(await world.current.activity()).toContainEqual(
      expect.objectContaining({ type: 'error', cause: lastError }),
    );
    expect(api.output.findLog({ level: 'error', msg: lastError })).toBeDefined();
    simulator.faults.clear();
    await api.waitForState('active', { timeoutMs: 20_000 });
    expect(world.current.witness.max).toBe(1);
  });
});
