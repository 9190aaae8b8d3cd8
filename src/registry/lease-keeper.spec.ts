import { COINBASE, registryWorld, slowWork } from '../../test/support/registry-world';
import { LeaseLostError } from './registry.errors';

describe('heartbeat', () => {
  it('keeps the claim and says when it last beat (HB-01, HB-03)', async () => {
    const { instance, published, beat, store } = registryWorld();
    const one = instance();
    await one.registry.register(COINBASE);
    const registeredAt = published().lastHeartbeat;
    await beat(one, 10);
    expect(one.registry.leaseHealth).toBe('held');
    expect(Date.parse(published().lastHeartbeat) - Date.parse(registeredAt)).toBe(9 * 15_000);
    expect(store.exchange(1).status?.expiresAtMs).not.toBeNull();
  });

  it('without an answer the work is stopped in order first and aborted before the key can expire (I1, P7)', async () => {
    const { clock, store, instance, published, chain } = registryWorld();
    const { registry, machine, keeper } = instance();
    const { options, orders, finish } = slowWork();
    const lease = await registry.register(COINBASE, options);
    for (const to of ['starting', 'warming', 'active'] as const) await machine.transition(to);
    store.down = true;
    await clock.advance(29_000);
    void keeper.beat();
    expect(machine.currentState).toBe('active');
    await clock.advance(1_000);
    expect(machine.currentState).toBe('stopping');
    expect(orders[0]?.aborted).toBe(false);
    await clock.advance(10_000);
    expect(orders[0]?.aborted).toBe(true);
    expect(lease.signal.reason).toBeInstanceOf(LeaseLostError);
    expect(published()).not.toBeNull();
    finish();
    await clock.settle();
    expect([machine.currentState, registry.lease, registry.leaseHealth]).toEqual(['idle', null, 'lost']);
    store.down = false;
    await clock.advance(10_000);
    expect(await chain()).toEqual([
      'claimed',
      'idle>starting',
      'starting>warming',
      'warming>active',
      'active>stopping',
      'lost',
      'stopping>stopped',
      'stopped>idle',
    ]);
  });

  it('one unanswered beat costs nothing: it is tried again soon (I7)', async () => {
    const { clock, store, instance, beat } = registryWorld();
    const one = instance();
    await one.registry.register(COINBASE);
    store.down = true;
    await one.keeper.beat();
    expect(one.registry.leaseHealth).toBe('unknown');
    expect(one.registry.storeHealth).toBe('down');
    store.down = false;
    await clock.advance(2_000);
    expect(one.registry.leaseHealth).toBe('held');
    await beat(one, 3);
    expect(one.registry.leaseHealth).toBe('held');
  });

  it('ends the tenure at once when another instance holds the exchange (I1, P7)', async () => {
    const { clock, store, instance } = registryWorld();
    const one = instance();
    const { options, orders, finish } = slowWork();
    await one.registry.register(COINBASE, options);
    await one.machine.transition('starting');
    store.dropStatus(1);
    store.dropFence(1);
    await instance().registry.register(COINBASE);
    await one.keeper.beat();
    await clock.settle();
    expect(orders[0]?.aborted).toBe(true);
    finish();
    await clock.settle();
    expect(one.machine.currentState).toBe('idle');
    expect(one.registry.leaseHealth).toBe('lost');
  });

  it('puts back a key that is gone while nobody has claimed since (P2)', async () => {
    const { store, instance, published } = registryWorld();
    const one = instance();
    const lease = await one.registry.register(COINBASE);
    store.dropStatus(1);
    await one.keeper.beat();
    expect(published()).toMatchObject({ claimId: lease.claimId, fencingToken: lease.fencingToken });
  });

  it('verifies the claim at once after the clock of the store has jumped', async () => {
    const { clock, store, instance } = registryWorld();
    const one = instance();
    await one.registry.register(COINBASE);
    await one.keeper.beat();
    store.skewMs += 20_000;
    await one.keeper.beat();
    expect(one.registry.leaseHealth).toBe('unknown');
    await clock.advance(2_000);
    expect(one.registry.leaseHealth).toBe('held');
  });
});
