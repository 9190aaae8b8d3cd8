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

  it('during a claim waits for it and gives it back', async () => {
    const { instance, published, chain } = registryWorld();
    const { registry } = instance();
    const registering = registry.register(COINBASE);
    await registry.deregister();
    await registering;
    expect(published()).toBeNull();
    expect(await chain()).toEqual(['claimed', 'released']);
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
