import { pid } from 'node:process';
import { logLines } from '../../test/support/log-lines';
import { COINBASE, registryWorld, renewalsOf } from '../../test/support/registry-world';
import { entriesAt } from '../../test/support/signal-entries';
import { composeRegistry } from './compose';
import type { Lease } from './lease';
import { MemoryActivityLog, MemoryLeaseStore } from './memory';
import type { ProcessTable } from './process-identity';
import { AlreadyRegisteredError, ExchangeTakenError, StoreUnavailableError } from './registry.errors';
import { compileOptions } from './registry.options';
import type { Watchdog } from './watchdog';

describe('register', () => {
  it('claims and publishes the full identity (REG-01, REG-02)', async () => {
    const { instance, published } = registryWorld();
    const { registry } = instance({ appVersion: '1.2.3', hostname: 'trader-1' });
    registry.setAdminInfo({ email: 'ops@example.org', displayName: 'Ops' });
    const lease = await registry.register(COINBASE);
    expect(published()).toMatchObject({
      schemaVersion: 2,
      instanceId: registry.instanceId,
      claimId: lease.claimId,
      exchangeId: 1,
      exchangeName: 'coinbase',
      hostname: 'trader-1',
      pid,
      appVersion: '1.2.3',
      adminEmail: 'ops@example.org',
      connectionState: 'idle',
      fencingToken: lease.fencingToken,
      lastError: null,
    });
  });

  it('a second instance is refused and told who holds it (I5, LOCK-04)', async () => {
    const { instance } = registryWorld();
    const one = instance({ hostname: 'trader-1' });
    await one.registry.register(COINBASE);
    const refused = await instance({ hostname: 'trader-1' })
      .registry.register(COINBASE)
      .catch((e: unknown) => e);
    expect(refused).toBeInstanceOf(ExchangeTakenError);
    expect(String(refused)).toContain(`instance ${one.registry.instanceId} on host trader-1`);
    expect(String(refused)).toContain('its claim expires in 45.0 s');
  });

  it('one instance holds one exchange at a time', async () => {
    const { instance } = registryWorld();
    const { registry } = instance();
    const first = registry.register(COINBASE);
    await expect(registry.register({ id: 2, name: 'simulator' })).rejects.toThrow(AlreadyRegisteredError);
    await first;
    await expect(registry.register(COINBASE)).rejects.toThrow(AlreadyRegisteredError);
  });

  it('a store that does not answer leaves nothing held and nothing waiting', async () => {
    const { clock, store, instance, chain } = registryWorld();
    store.down = true;
    const { registry, keeper, link } = instance();
    const renewals = renewalsOf(link);
    const refused = registry.register(COINBASE).catch((e: unknown) => e);
    await clock.advance(10_000);
    expect(await refused).toBeInstanceOf(StoreUnavailableError);
    store.down = false;
    await keeper.beat();
    expect(renewals).toEqual([]);
    expect([registry.lease, registry.leaseHealth]).toEqual([null, 'none']);
    await registry.register(COINBASE);
    expect(await chain()).toEqual(['claimed']);
  });

  it('that was never asked for can be called off', async () => {
    const { registry } = registryWorld().instance();
    await expect(registry.deregister()).resolves.toBeUndefined();
  });

  it('leaves nothing at the signal that would have called it off', async () => {
    const { instance } = registryWorld();
    const { registry } = instance();
    const { signal } = new AbortController();
    await registry.register(COINBASE, { signal });
    expect(entriesAt(signal)).toBe(0);
    await expect(instance().registry.register(COINBASE, { signal })).rejects.toThrow(ExchangeTakenError);
    expect(entriesAt(signal)).toBe(0);
  });

  it('whose answer comes too late to be relied on is given back, and can be tried again', async () => {
    const { clock, instance, published } = registryWorld();
    const { registry } = instance();
    const registering = registry.register(COINBASE);
    clock.suspend(41_000);
    await expect(registering).rejects.toThrow('too late to be relied on. The claim was given back.');
    expect(published()).toBeNull();
    await expect(registry.register(COINBASE)).resolves.toMatchObject({ health: 'held' });
  });

  it('that was taken without an answer is given back, and the log says so', async () => {
    const { clock, instance, published, chain } = registryWorld();
    const { registry, link } = instance();
    link.link = 'reply-lost';
    const registering = registry.register(COINBASE).catch((e: unknown) => e);
    await clock.advance(1_400);
    link.link = 'up';
    const calledOff = registry.deregister();
    await clock.advance(10_000);
    await calledOff;
    expect(String(await registering)).toContain('called off');
    expect(published()).toBeNull();
    expect(await chain()).toEqual(['claimed', 'released']);
  });

  it.each([
    ['symbolCount', (r: { setSymbolCount(n: number): void }) => r.setSymbolCount(Number.NaN)],
    ['symbolCount', (r: { setSymbolCount(n: number): void }) => r.setSymbolCount(-1)],
  ])('refuses what would make the status unreadable: %s', (name, act) => {
    const { instance } = registryWorld();
    expect(() => act(instance().registry)).toThrow(`${name}: `);
  });

  it('refuses an exchange that cannot be part of a key', async () => {
    const { instance } = registryWorld();
    await expect(instance().registry.register({ id: Number.NaN, name: 'x' })).rejects.toThrow('exchange.id');
  });

  it('keeps the status readable however long names and items are', async () => {
    const { clock, instance, published } = registryWorld();
    const { registry } = instance();
    const long = 'x'.repeat(100_000);
    registry.setAdminInfo({ email: long, displayName: long });
    await registry.register(COINBASE);
    registry.updateStatus({ startup: { phase: 'backfill', percent: 1, current: 1, total: 2, item: long } });
    registry.recordError(new Error(long));
    await clock.advance(1_000);
    expect(JSON.stringify(published()).length).toBeLessThan(10_000);
  });

  it('is not undone by a listener that fails', async () => {
    const { instance } = registryWorld();
    const { registry } = instance();
    registry.onTenure(() => {
      throw new Error('listener');
    });
    await expect(registry.register(COINBASE)).resolves.toMatchObject({ health: 'held' });
    expect(registry.leaseHealth).toBe('held');
  });

  it('called off while under way, it holds nothing', async () => {
    const { instance, published } = registryWorld();
    const calledOff = new AbortController();
    const registering = instance().registry.register(COINBASE, { signal: calledOff.signal });
    calledOff.abort();
    await expect(registering).rejects.toThrow('called off');
    expect(published()).toBeNull();
  });

  it('replaces an earlier claim of its own that is still there: its work has ended (I1)', async () => {
    const { clock, store, instance, activity } = registryWorld();
    const { registry } = instance();
    const { ended } = await registry.register(COINBASE);
    store.down = true;
    await clock.advance(40_000);
    await ended;
    await clock.settle();
    store.down = false;
    const lease = await registry.register(COINBASE);
    expect((await activity()).at(-1)).toMatchObject({
      type: 'claimed',
      claimId: lease.claimId,
      predecessor: { ended: 'expired' },
    });
  });

  it('replaces a holder whose process is proven dead on this host, at once (P5)', async () => {
    const { instance, activity } = registryWorld();
    const identity = { bootId: 'b', pidNamespace: 'pid:[1]', startTicks: '100' };
    const dead: ProcessTable = { own: () => identity, startTicksOf: () => null };
    await instance({ hostname: 'h' }, dead).registry.register(COINBASE);
    await instance(
      { hostname: 'h' },
      { ...dead, own: () => ({ ...identity, startTicks: '200' }) },
    ).registry.register(COINBASE);
    expect((await activity()).at(-1)).toMatchObject({ type: 'claimed', predecessor: { ended: 'dead' } });
  });

  it.each([
    ['it still runs', { startTicksOf: () => '100' }, 'h', {}],
    ['it ran on another host', { startTicksOf: () => null }, 'other', {}],
    ['the machine was booted since', { startTicksOf: () => null }, 'h', { bootId: 'later' }],
    ['it may live in another container', { startTicksOf: () => null }, 'h', { pidNamespace: 'pid:[2]' }],
    [
      'the system does not tell',
      {
        startTicksOf: () => {
          throw new Error('hidden');
        },
      },
      'h',
      {},
    ],
  ])('does not replace a holder on this host when %s (P5)', async (_why, processes, hostname, own) => {
    const { instance } = registryWorld();
    const identity = { bootId: 'b', pidNamespace: 'pid:[1]', startTicks: '100' };
    await instance({ hostname: 'h' }, { own: () => identity, startTicksOf: () => '100' }).registry.register(
      COINBASE,
    );
    const second = instance({ hostname }, { own: () => ({ ...identity, ...own }), ...processes });
    await expect(second.registry.register(COINBASE)).rejects.toThrow(ExchangeTakenError);
  });

  it('is told by its lease, and can be ended through it', async () => {
    const { instance, published } = registryWorld();
    const { registry } = instance();
    const lease = await registry.register(COINBASE);
    expect(registry.lease).toBe(lease);
    await lease.release();
    expect([registry.lease, published(), registry.leaseHealth]).toEqual([null, null, 'none']);
    await expect(lease.release()).resolves.toBeUndefined();
  });

  it('without options is asked for by the system', async () => {
    const { instance, activity } = registryWorld();
    await instance().registry.register(COINBASE);
    expect(await activity()).toMatchObject([{ actor: 'system', cause: 'register' }]);
  });

  it('tells every listener of the tenure, until it stops listening, and says when one fails', async () => {
    const { instance } = registryWorld();
    const { registry } = instance();
    const seen: Lease[] = [];
    registry.onTenure(() => {
      throw new Error('listener');
    });
    const stop = registry.onTenure((lease) => seen.push(lease));
    const lines = logLines();
    const lease = await registry.register(COINBASE);
    expect(seen).toEqual([lease]);
    expect(lines.filter(({ level }) => level === 'error')).toMatchObject([
      { exchange: 'coinbase', err: { message: 'listener' } },
    ]);
    await registry.deregister();
    stop();
    await registry.register(COINBASE);
    expect(seen).toHaveLength(1);
  });

  it('is watched from the claim to its end', async () => {
    const { clock, store } = registryWorld();
    const proofs: (number | null)[] = [];
    const watchdog = { prove: (ms: number | null) => proofs.push(ms) } as unknown as Watchdog;
    const { registry, keeper } = composeRegistry(compileOptions({}), {
      store: new MemoryLeaseStore(store),
      log: new MemoryActivityLog(store),
      clock,
      processes: { own: () => null, startTicksOf: () => null },
      watchdog,
    });
    await registry.register(COINBASE);
    await clock.advance(15_000);
    await keeper.beat();
    await registry.deregister();
    expect(proofs).toEqual([40_000, 40_000, null, null]);
  });
});
