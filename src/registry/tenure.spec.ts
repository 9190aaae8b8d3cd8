import { logLines } from '../../test/support/log-lines';
import { COINBASE, registryWorld, slowWork } from '../../test/support/registry-world';

describe('deregister', () => {
  it('goes stopping, work ended, stopped, released, idle, in this order (I6, HB-04)', async () => {
    const { clock, instance, published, chain } = registryWorld();
    const { registry, machine } = instance();
    const { options, finish } = slowWork();
    await registry.register(COINBASE, options);
    for (const to of ['starting', 'warming', 'active'] as const) await machine.transition(to);
    const done = registry.deregister({ actor: 'operator', cause: 'maintenance' });
    await clock.settle();
    expect(published()).toMatchObject({ connectionState: 'stopping' });
    finish();
    await done;
    expect(published()).toBeNull();
    expect((await chain()).slice(-4)).toEqual([
      'active>stopping',
      'stopping>stopped',
      'released',
      'stopped>idle',
    ]);
    expect([machine.currentState, registry.leaseHealth]).toEqual(['idle', 'none']);
  });

  it('never gives the claim back while work may still run (I6)', async () => {
    const { clock, instance, published, beat } = registryWorld();
    const one = instance();
    const { options, orders, stuck, finish } = slowWork();
    await one.registry.register(COINBASE, options);
    await one.machine.transition('starting');
    const done = one.registry.deregister();
    await clock.advance(10_000);
    expect(orders[0]?.aborted).toBe(true);
    await clock.advance(2_500);
    expect(stuck.map(String)).toEqual([
      expect.stringContaining('still runs 12.5 s after it was told to end'),
    ]);
    await beat(one, 6);
    expect(published()).toMatchObject({ connectionState: 'stopping' });
    finish();
    await done;
    expect(published()).toBeNull();
  });

  it('after a failed start gives the claim back and keeps the error visible (P6)', async () => {
    const { instance, published, activity } = registryWorld();
    const { registry, machine } = instance();
    await registry.register(COINBASE);
    await machine.transition('starting');
    await registry.deregister({
      actor: 'system',
      cause: 'workload failed',
      error: new Error('no such product'),
    });
    expect(published()).toBeNull();
    expect(machine.currentState).toBe('idle');
    expect(registry.lastError?.message).toBe('no such product');
    expect(machine.getRuntimeState()).toMatchObject({
      connectionState: 'error',
      connectionError: 'no such product',
    });
    expect((await activity()).map(({ type, to }) => to ?? type)).toEqual([
      'claimed',
      'starting',
      'error',
      'released',
      'idle',
    ]);
  });

  it('can be followed by a registration at once', async () => {
    const { instance } = registryWorld();
    const { registry } = instance();
    await registry.register(COINBASE);
    await registry.deregister();
    await expect(registry.register(COINBASE)).resolves.toMatchObject({ health: 'held' });
  });

  it('during a claim calls it off, and leaves nothing behind', async () => {
    const { instance, published, chain } = registryWorld();
    const { registry } = instance();
    const registering = registry.register(COINBASE);
    await registry.deregister();
    await expect(registering).rejects.toThrow('called off');
    expect(published()).toBeNull();
    expect(await chain()).toEqual(['claimed', 'released']);
  });

  it('by a lease that is over does not end the next tenure', async () => {
    const { instance } = registryWorld();
    const { registry } = instance();
    const first = await registry.register(COINBASE);
    await registry.deregister();
    await registry.register(COINBASE);
    await first.release();
    expect(registry.leaseHealth).toBe('held');
  });

  it('proves nothing from the moment its release is sent, and cannot be lost any more', async () => {
    const { clock, instance, chain } = registryWorld();
    const one = instance();
    const lease = await one.registry.register(COINBASE, { stopWork: () => Promise.resolve() });
    one.link.link = 'reply-lost';
    const released = one.registry.deregister();
    await clock.settle();
    expect(() => lease.assertHeld()).toThrow('it was given back');
    expect(one.registry.leaseHealth).toBe('none');
    await clock.advance(45_000);
    await released;
    expect(lease.signal.aborted).toBe(false);
    expect(one.registry.leaseHealth).toBe('none');
    expect(await chain()).toEqual(['claimed', 'released']);
  });

  it('without anybody to stop the work aborts it by the signal before the claim is given back (I6)', async () => {
    const { instance, published, chain } = registryWorld();
    const { registry } = instance();
    const lease = await registry.register(COINBASE);
    const seen: unknown[] = [];
    lease.signal.addEventListener('abort', () => seen.push(published()));
    await registry.deregister();
    expect(seen).toEqual([expect.objectContaining({ claimId: lease.claimId })]);
    expect(lease.signal.reason).toMatchObject({ message: expect.stringContaining('it was given back') });
    expect(registry.leaseHealth).toBe('none');
    expect(await chain()).toEqual(['claimed', 'released']);
  });

  it('that no answer comes to says that the claim is left to expire, and not that it was given back', async () => {
    const { clock, instance, chain, published, activity } = registryWorld();
    const one = instance();
    await one.registry.register(COINBASE);
    const lines = logLines();
    one.link.link = 'down';
    const released = one.registry.deregister();
    await clock.advance(10_000);
    await released;
    expect(lines.at(-1)).toMatchObject({ level: 'warn', exchange: 'coinbase', withinMs: 45_000 });
    one.link.link = 'up';
    await clock.advance(5_000);
    expect(published()).not.toBeNull();
    expect(await chain()).toEqual(['claimed', 'lost']);
    expect((await activity()).at(-1)).toMatchObject({
      actor: 'system',
      cause: expect.stringContaining('left to expire'),
    });
  });

  it('does not give the claim back when the work fails to say that it has ended (I6)', async () => {
    const { instance, published, chain } = registryWorld();
    const { registry } = instance();
    const lease = await registry.register(COINBASE, { stopWork: () => Promise.reject(new Error('socket')) });
    await registry.deregister();
    expect(published()).not.toBeNull();
    expect(lease.signal.reason).toMatchObject({ reason: { kind: 'abandoned' } });
    expect(await chain()).toEqual(['claimed', 'lost']);
  });

  it('after which the work may still run has the next claim wait until this one has expired (I6)', async () => {
    const { clock, instance } = registryWorld();
    const { registry } = instance();
    await registry.register(COINBASE, { stopWork: () => Promise.reject(new Error('socket')) });
    await registry.deregister();
    await expect(registry.register(COINBASE)).rejects.toMatchObject({ code: 'EXCHANGE_TAKEN' });
    await clock.advance(45_000);
    await expect(registry.register(COINBASE)).resolves.toMatchObject({ health: 'held' });
  });

  it('that finds the claim revoked says lost, not released', async () => {
    const { store, instance, chain, published } = registryWorld();
    const { registry, machine } = instance();
    await registry.register(COINBASE, { stopWork: () => Promise.resolve() });
    await machine.transition('starting');
    store.dropStatus(1);
    store.dropFence(1);
    const other = instance();
    await other.registry.register(COINBASE);
    await registry.deregister();
    expect(published()).toMatchObject({ instanceId: other.registry.instanceId });
    const said = await chain();
    expect(said).toContain('lost');
    expect(said).not.toContain('released');
  });

  it('goes on renewing while the work is being stopped, with or without the scheduler', async () => {
    const { clock, instance } = registryWorld();
    const { registry } = instance({ stopTimeoutMs: 200_000 });
    const { options, finish } = slowWork();
    const lease = await registry.register(COINBASE, options);
    const released = registry.deregister();
    await clock.advance(120_000);
    expect(lease.health).toBe('held');
    finish();
    await released;
  });

  it('without knowing the work, a claim that cannot be proven aborts it and is left to expire (I1)', async () => {
    const { clock, store, instance, published, chain } = registryWorld();
    const { registry } = instance();
    const lease = await registry.register(COINBASE);
    store.down = true;
    await clock.advance(30_000);
    expect(lease.signal.aborted).toBe(true);
    store.down = false;
    await clock.advance(5_000);
    expect(published()).not.toBeNull();
    expect(await chain()).toEqual(['claimed', 'lost']);
  });

  it('with the store gone ends within its limits and leaves the rest to the TTL', async () => {
    const { clock, store, instance } = registryWorld();
    const { registry, machine } = instance();
    await registry.register(COINBASE);
    await machine.transition('starting');
    store.down = true;
    let done = false;
    void registry.deregister().then(() => (done = true));
    await clock.advance(10_000);
    expect(done).toBe(true);
    expect(machine.currentState).toBe('idle');
  });
});
