import { COINBASE, registryWorld, renewalsOf, slowWork } from '../../test/support/registry-world';
import { logLines } from '../../test/support/log-lines';
import { statusOf } from '../../test/registry-store/contract/requests';
import { HeldLease } from './lease';
import { LeaseKeeper } from './lease-keeper';
import type { RenewOutcome } from './lease-store';
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

  it('asks for nothing while there is nothing to keep, nor for a claim that has ended in any way', async () => {
    const { clock, instance } = registryWorld();
    const { registry, keeper, link } = instance();
    const renewals = renewalsOf(link);
    await keeper.beat();
    expect(renewals).toEqual([]);
    const lease = (await registry.register(COINBASE)) as HeldLease;
    await keeper.beat();
    expect(renewals).toEqual([1]);
    lease.close();
    await clock.settle();
    await keeper.beat();
    expect(renewals).toEqual([1]);
  });

  it('does not look any more at a claim that has ended', async () => {
    const { clock, instance } = registryWorld();
    const { registry, keeper } = instance();
    const lease = (await registry.register(COINBASE)) as HeldLease;
    lease.close();
    await clock.settle();
    let looks = 0;
    Object.defineProperty(lease, 'health', { get: () => ((looks += 1), 'lost') });
    await keeper.beat();
    expect(looks).toBe(0);
  });

  it('forgotten, a claim is not renewed any more', async () => {
    const { instance, published } = registryWorld();
    const { registry, keeper } = instance();
    const lease = (await registry.register(COINBASE)) as HeldLease;
    const { revision } = published();
    keeper.forget(lease);
    await keeper.beat();
    expect(published().revision).toBe(revision);
  });

  it('leaves out what is being renewed and what is lost, and asks nothing when nothing is left', async () => {
    const { clock, instance } = registryWorld();
    const { registry, keeper, link } = instance();
    const sent = renewalsOf(link);
    await keeper.beat();
    expect(sent).toEqual([]);
    await registry.register(COINBASE);
    await Promise.all([keeper.beat(), keeper.beat()]);
    expect(sent).toEqual([1]);
    await keeper.beat();
    expect(sent).toEqual([1, 1]);
    clock.block(40_000);
    await keeper.beat();
    expect(sent).toEqual([1, 1]);
  });

  it('says until when the claim holds by the clock of the store, from claim to claim', async () => {
    const { clock, store, instance } = registryWorld();
    const { registry, keeper, link } = instance();
    const asked: number[] = [];
    const renew = link.renew.bind(link);
    link.renew = (requests) => {
      asked.push(...requests.map(({ expiresAtMs }) => expiresAtMs - store.nowMs));
      return renew(requests);
    };
    await registry.register(COINBASE);
    await clock.advance(10_000);
    await keeper.beat();
    await clock.advance(15_000);
    await keeper.beat();
    expect(asked).toEqual([35_000, 30_000]);
  });

  it.each<[string, () => Promise<RenewOutcome[]>]>([
    ['has no outcome', async () => []],
    ['failed', () => Promise.reject(new Error('a fault of ours'))],
  ])('a renewal that %s is doubt, and is asked again soon', async (_how, answer) => {
    const { clock, instance } = registryWorld();
    const { registry, keeper, link } = instance();
    await registry.register(COINBASE);
    const renew = link.renew.bind(link);
    link.renew = answer;
    await keeper.beat();
    expect(registry.leaseHealth).toBe('unknown');
    link.renew = renew;
    await clock.advance(999);
    expect(registry.leaseHealth).toBe('unknown');
    await clock.advance(1);
    expect(registry.leaseHealth).toBe('held');
  });

  it.each([
    [0, 500],
    [1, 1_500],
  ])('asks again after a time that differs between instances: %d gives %d ms', async (random, delayMs) => {
    const { clock, store } = registryWorld();
    const asked: number[] = [];
    const settings = {
      leaseTtlMs: 45_000,
      safetyMarginMs: 5_000,
      heartbeatIntervalMs: 15_000,
      commandTimeoutMs: 1_000,
    };
    const startMs = clock.read().monotonicMs;
    const unknown = { outcome: 'unknown', error: new Error('silence') } as const;
    const renew = async () => {
      asked.push(clock.read().monotonicMs - startMs);
      return [unknown];
    };
    const keeper = new LeaseKeeper({ renew }, clock, settings, () => random);
    const ref = { exchangeId: 1, instanceId: 'i', claimId: 'c', fencingToken: 7 };
    const lease = new HeldLease(COINBASE, ref, clock, settings, clock.read(), async () => undefined);
    keeper.keep(
      lease,
      store.nowMs,
      () => statusOf('c'),
      () => undefined,
    );
    await keeper.beat();
    await clock.advance(delayMs);
    expect(asked).toEqual([0, delayMs]);
  });

  it('warns once of an outage, tells the rest to whoever looks closer, and says for whom', async () => {
    const { clock, store, instance } = registryWorld();
    const lines = logLines();
    const { registry, keeper } = instance();
    const { fencingToken } = await registry.register(COINBASE);
    store.down = true;
    await keeper.beat();
    await clock.advance(1_000);
    const where = { exchange: 'coinbase', instance: registry.instanceId, fencingToken };
    expect(lines.filter(({ level }) => level !== 'log')).toMatchObject([
      { ...where, level: 'warn', msg: 'heartbeat not answered', remainingMs: 40_000 },
      { ...where, level: 'debug', msg: 'heartbeat not answered', remainingMs: 39_000 },
    ]);
    expect(lines.at(-1)?.err).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    store.down = false;
    await clock.advance(1_000);
    expect(registry.leaseHealth).toBe('held');
  });

  it('says that it has put a key back, and does not say so otherwise', async () => {
    const { store, instance } = registryWorld();
    const { registry, keeper } = instance();
    await registry.register(COINBASE);
    const lines = logLines();
    await keeper.beat();
    expect(lines).toEqual([]);
    const msg = 'status key was gone or overwritten and has been put back';
    store.dropStatus(1);
    await keeper.beat();
    expect(lines).toMatchObject([{ level: 'warn', msg, exchange: 'coinbase' }]);
    store.putStatus(1, 'garbage', null);
    await keeper.beat();
    expect(lines).toMatchObject([{ msg }, { level: 'warn', msg, exchange: 'coinbase' }]);
  });

  it('a lost claim names the cause and the holder that the store named (I5)', async () => {
    const { store, instance } = registryWorld();
    const { registry, keeper } = instance();
    const lease = await registry.register(COINBASE);
    store.dropStatus(1);
    store.dropFence(1);
    const other = instance();
    await other.registry.register(COINBASE);
    await keeper.beat();
    expect(lease.signal.reason).toMatchObject({
      reason: {
        kind: 'taken',
        cause: 'claimed-by-other',
        holder: { reading: { status: { instanceId: other.registry.instanceId } } },
      },
    });
  });
});
