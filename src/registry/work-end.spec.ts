import { logLines } from '../../test/support/log-lines';
import { COINBASE, registryWorld, slowWork, writesOf } from '../../test/support/registry-world';
import type { HeldLease } from './lease';
import type { StopOrder } from './work-end';

describe('work that does not end', () => {
  it('is aborted at the stop limit with the reason, and reported half a margin later, once', async () => {
    const { clock, instance, activity } = registryWorld();
    const { registry } = instance();
    const { options, orders, stuck, finish } = slowWork();
    const { claimId, fencingToken } = await registry.register(COINBASE, options);
    const lines = logLines();
    const reported: unknown[] = [];
    void registry.whenStuck().then((error) => reported.push(error));
    const done = registry.deregister();
    await clock.advance(9_999);
    expect(orders[0]?.aborted).toBe(false);
    await clock.advance(1);
    expect(orders[0]?.reason).toMatchObject({ code: 'WORK_STILL_RUNNING' });
    await clock.advance(2_499);
    expect([stuck, reported]).toEqual([[], []]);
    await clock.advance(1);
    expect(stuck).toHaveLength(1);
    expect(reported).toEqual(stuck);
    await expect(registry.whenStuck()).resolves.toBe(stuck[0]);
    const where = { exchange: 'coinbase', instance: registry.instanceId };
    expect(lines.filter(({ level }) => level === 'fatal')).toMatchObject([where]);
    expect((await activity()).filter(({ type }) => type === 'error')).toMatchObject([
      { actor: 'system', claimId, fencingToken, cause: stuck[0]?.message },
    ]);
    finish();
    await done;
  });

  it('may be ended by an object of a class, which is called as itself', async () => {
    class Feed {
      readonly #calls: string[] = [];
      get calls() {
        return this.#calls;
      }
      async stopWork() {
        this.#calls.push('stopWork');
        return new Promise<void>(() => {});
      }
      onStuck() {
        this.#calls.push('onStuck');
      }
    }
    const { clock, instance, published } = registryWorld();
    const { registry } = instance();
    const feed = new Feed();
    await registry.register(COINBASE, feed);
    void registry.deregister();
    await clock.advance(12_500);
    expect(feed.calls).toEqual(['stopWork', 'onStuck']);
    expect(published()).not.toBeNull();
  });

  it('may have nobody to report to, or one who fails', async () => {
    for (const onStuck of [
      undefined,
      () => {
        throw new Error('nobody listens');
      },
    ]) {
      const { clock, instance, published } = registryWorld();
      const { registry } = instance();
      const { options, finish } = slowWork();
      await registry.register(COINBASE, { stopWork: options.stopWork, onStuck });
      const lines = logLines();
      const done = registry.deregister();
      await clock.advance(12_500);
      const failed = lines.filter(({ level }) => level === 'error');
      expect(failed).toMatchObject(
        onStuck ? [{ exchange: 'coinbase', err: { message: 'nobody listens' } }] : [],
      );
      finish();
      await done;
      expect(published()).toBeNull();
    }
  });

  it('is aborted at once when the claim is lost meanwhile, and half a margin later reported', async () => {
    const { clock, store, instance } = registryWorld();
    const { registry, keeper } = instance();
    const { options, orders, stuck, finish } = slowWork();
    await registry.register(COINBASE, options);
    const done = registry.deregister();
    await clock.advance(1_000);
    store.dropStatus(1);
    store.dropFence(1);
    await instance().registry.register(COINBASE);
    await keeper.beat();
    expect(orders[0]?.reason).toMatchObject({ code: 'LEASE_LOST' });
    await clock.advance(2_499);
    expect(stuck).toHaveLength(0);
    await clock.advance(1);
    expect(stuck).toHaveLength(1);
    finish();
    await done;
  });

  it('that ended in time is neither aborted nor reported, and leaves no timer', async () => {
    const { clock, instance } = registryWorld();
    const { registry } = instance();
    const { options, orders, stuck, finish } = slowWork();
    await registry.register(COINBASE, options);
    const done = registry.deregister();
    await clock.advance(5_000);
    finish();
    await done;
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(60_000);
    expect([orders[0]?.aborted, stuck]).toEqual([false, []]);
  });

  it('that ended after it was aborted is not reported', async () => {
    const { clock, instance } = registryWorld();
    const { registry } = instance();
    const { options, stuck, finish } = slowWork();
    await registry.register(COINBASE, options);
    const done = registry.deregister();
    await clock.advance(11_000);
    finish();
    await done;
    await clock.advance(60_000);
    expect(stuck).toEqual([]);
  });

  it('is renewed with every heartbeat until it has ended, and not a beat longer', async () => {
    const { clock, instance } = registryWorld();
    const { registry, keeper } = instance({ stopTimeoutMs: 200_000 });
    const { options, finish } = slowWork();
    await registry.register(COINBASE, options);
    let beats = 0;
    const beat = keeper.beat.bind(keeper);
    keeper.beat = () => {
      beats += 1;
      return beat();
    };
    const done = registry.deregister();
    await clock.advance(46_000);
    expect(beats).toBe(3);
    finish();
    await done;
    await clock.advance(60_000);
    expect(beats).toBe(3);
  });

  it('under a claim that is lost is not renewed any more', async () => {
    const { clock, instance } = registryWorld();
    const { registry, keeper } = instance({ stopTimeoutMs: 200_000 });
    const { options, finish } = slowWork();
    const lease = (await registry.register(COINBASE, options)) as HeldLease;
    let beats = 0;
    keeper.beat = async () => void (beats += 1);
    const done = registry.deregister();
    await clock.advance(1_000);
    lease.lose({ kind: 'abandoned' });
    await clock.advance(60_000);
    expect(beats).toBe(1);
    finish();
    await done;
  });

  it('fails to say so: that is in the log of the process, and its signal is aborted with the failure', async () => {
    const { instance } = registryWorld();
    const { registry } = instance();
    const failure = new Error('socket');
    const orders: StopOrder[] = [];
    await registry.register(COINBASE, {
      stopWork: (order) => {
        orders.push(order);
        return Promise.reject(failure);
      },
    });
    const lines = logLines();
    await registry.deregister({ actor: 'operator', cause: 'maintenance' });
    expect(orders).toMatchObject([{ cause: 'maintenance', signal: { aborted: true, reason: failure } }]);
    expect(lines.find(({ err }) => err === failure)).toMatchObject({
      level: 'error',
      exchange: 'coinbase',
      instance: registry.instanceId,
    });
  });
});

describe('the end of work', () => {
  it('comes once, also when its first step finds that a limit has passed unnoticed', async () => {
    const { clock, instance, published } = registryWorld();
    const { registry, machine } = instance();
    const { options, orders, finish } = slowWork();
    await registry.register(COINBASE, options);
    await machine.transition('starting');
    clock.block(31_000);
    const done = registry.deregister();
    await clock.settle();
    expect(orders).toHaveLength(1);
    expect(published()).not.toBeNull();
    finish();
    await done;
    expect(published()).toBeNull();
    // Nor is the next tenure taken for the end of this one.
    const lease = await registry.register(COINBASE);
    await clock.settle();
    expect(registry.lease).toBe(lease);
  });

  it('gives back with the last step in one round trip', async () => {
    const { clock, instance, chain } = registryWorld();
    const { registry, machine, link } = instance();
    await registry.register(COINBASE);
    for (const state of ['starting', 'warming', 'active'] as const) await machine.transition(state);
    const writes = writesOf(link);
    await registry.deregister();
    await clock.advance(5_000);
    expect(writes).toEqual(['stopping', 'stopped']);
    expect((await chain()).slice(-4)).toEqual([
      'active>stopping',
      'stopping>stopped',
      'released',
      'stopped>idle',
    ]);
  });
});
