import { logLines } from '../../test/support/log-lines';
import { COINBASE, registryWorld, renewalsOf, slowWork } from '../../test/support/registry-world';
import { delay } from '../clock';
import { ExchangeTakenError } from './registry.errors';

describe('the end of a tenure', () => {
  it('says who asked for the end and under which claim, or that the application did', async () => {
    const { instance, activity } = registryWorld();
    const { registry } = instance();
    const first = await registry.register(COINBASE);
    await registry.deregister();
    const second = await registry.register(COINBASE);
    await registry.deregister({ actor: 'operator', cause: 'maintenance' });
    const released = (await activity()).filter(({ type }) => type === 'released');
    const claims = [first, second].map(({ claimId, fencingToken }) => ({ claimId, fencingToken }));
    expect(released).toMatchObject([
      { ...claims[0], actor: 'system', cause: 'deregistered by the application' },
      { ...claims[1], actor: 'operator', cause: 'maintenance' },
    ]);
  });

  it('whose cause is a lost claim says so for the system, in the log and to whoever reads along', async () => {
    const { clock, store, instance, activity } = registryWorld();
    const { registry, machine } = instance();
    const lease = await registry.register(COINBASE, { stopWork: () => Promise.resolve() });
    await machine.transition('starting');
    const lines = logLines();
    store.dropStatus(1);
    store.dropFence(1);
    await instance().registry.register(COINBASE);
    registry.setSymbolCount(1);
    await clock.advance(5_000);
    const { claimId, fencingToken } = lease;
    const lost = (await activity()).find(({ type }) => type === 'lost');
    expect(lost).toMatchObject({ actor: 'system', claimId, fencingToken });
    expect(lost?.cause).toContain('claimed-by-other');
    const stopping = (await activity()).find(({ to }) => to === 'stopping');
    expect(stopping).toMatchObject({ actor: 'system', data: { error: expect.stringContaining('lost') } });
    expect(lines.find(({ level }) => level === 'error')).toMatchObject({
      exchange: 'coinbase',
      instance: registry.instanceId,
      state: 'starting',
    });
  });

  it('whose claim was gone when it was to be given back says that, and not that it was given back', async () => {
    const { clock, store, instance, published, activity } = registryWorld();
    const [one, other] = [instance(), instance()];
    const lease = await one.registry.register(COINBASE, {
      stopWork: async () => {
        store.dropStatus(1);
        store.dropFence(1);
        await other.registry.register(COINBASE);
      },
    });
    const lines = logLines();
    await one.registry.deregister();
    await clock.settle();
    const { claimId } = lease;
    const told = (await activity()).filter((event) => event.claimId === claimId);
    expect(told.map(({ type }) => type)).toEqual(['claimed', 'lost']);
    expect(told.at(-1)).toMatchObject({ cause: 'the claim was gone before it was given back' });
    expect(lines.find(({ msg }) => msg === told.at(-1)?.cause)).toMatchObject({ level: 'warn' });
    expect(published()).toMatchObject({ instanceId: other.registry.instanceId });
  });

  it('is under way until the claim is given back, and then over', async () => {
    const { clock, instance } = registryWorld();
    const { registry } = instance();
    expect(registry.isEnding).toBe(false);
    const { options, finish } = slowWork();
    await registry.register(COINBASE, options);
    expect(registry.isEnding).toBe(false);
    const done = registry.deregister();
    await clock.settle();
    expect(registry.isEnding).toBe(true);
    finish();
    await done;
    expect(registry.isEnding).toBe(false);
  });

  it('is the same for everybody who asks, and stops the work once', async () => {
    const { clock, instance, activity } = registryWorld();
    const { registry } = instance();
    const { options, orders, finish } = slowWork();
    await registry.register(COINBASE, options);
    const first = registry.deregister({ actor: 'operator', cause: 'first' });
    const second = registry.deregister({ actor: 'operator', cause: 'second' });
    await clock.settle();
    finish();
    await Promise.all([first, second]);
    expect(orders).toHaveLength(1);
    expect((await activity()).filter(({ type }) => type === 'released')).toMatchObject([{ cause: 'first' }]);
  });

  it('tries three times to give the claim back, and then leaves it to expire', async () => {
    const { clock, instance } = registryWorld();
    const { registry, link } = instance({ commandTimeoutMs: 1_000 });
    await registry.register(COINBASE);
    let sent = 0;
    link.release = async () => {
      sent += 1;
      return { outcome: 'unknown', error: new Error('silence') };
    };
    let isOver = false;
    void registry.deregister().then(() => (isOver = true));
    await clock.advance(499);
    expect([sent, isOver]).toEqual([2, false]);
    await clock.advance(251);
    expect([sent, isOver]).toEqual([3, true]);
  });

  it('needs one answer to give the claim back', async () => {
    const { instance } = registryWorld();
    const { registry, link } = instance();
    await registry.register(COINBASE);
    let sent = 0;
    const release = link.release.bind(link);
    link.release = (request) => {
      sent += 1;
      return release(request);
    };
    await registry.deregister();
    expect(sent).toBe(1);
  });

  it('is in the log when the claim is gone and not before, whatever else is written there meanwhile', async () => {
    const { clock, instance, published, chain } = registryWorld();
    const { registry, machine, journal, link } = instance();
    await registry.register(COINBASE, { stopWork: () => Promise.resolve() });
    await machine.transition('starting');
    const release = link.release.bind(link);
    let letGo!: () => void;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    link.release = (request) => held.then(() => release(request));
    const ended = registry.deregister();
    await clock.settle();
    journal.record(COINBASE, { type: 'error', actor: 'system', cause: 'something else' });
    await clock.settle();
    const before = ['claimed', 'idle>starting', 'starting>stopping', 'stopping>stopped'];
    expect([published() === null, await chain()]).toEqual([false, before]);
    letGo();
    await ended;
    await clock.settle();
    expect(published()).toBeNull();
    expect(await chain()).toEqual([...before, 'released', 'stopped>idle', 'error']);
  });

  it('by a fault of ours leaves the claim to expire, renewed by nobody, and says so', async () => {
    const { clock, instance, published, chain } = registryWorld();
    const { registry, keeper, link } = instance();
    const lease = await registry.register(COINBASE);
    const renewals = renewalsOf(link);
    const lines = logLines();
    link.release = () => Promise.reject(new TypeError('a fault of ours'));
    await registry.deregister();
    expect(lines.find(({ level }) => level === 'fatal')).toMatchObject({
      exchange: 'coinbase',
      err: { message: 'a fault of ours' },
    });
    await clock.settle();
    await keeper.beat();
    expect(renewals).toEqual([]);
    expect([registry.lease, published() === null]).toEqual([null, false]);
    expect(lease.health).toBe('lost');
    expect(await chain()).toEqual(['claimed']);
  });

  it('by a fault of ours before anybody asked the work to end has nobody follow before the claim expires', async () => {
    const { instance, clock } = registryWorld();
    const { registry, machine } = instance();
    await registry.register(COINBASE, { stopWork: () => Promise.resolve() });
    await machine.transition('starting');
    machine.transition = () => Promise.reject(new TypeError('a fault of ours'));
    await registry.deregister();
    await expect(registry.register(COINBASE)).rejects.toThrow(ExchangeTakenError);
    await clock.advance(45_000);
    await expect(registry.register(COINBASE)).resolves.toMatchObject({ health: 'held' });
  });

  it('in order is logged as that', async () => {
    const { instance } = registryWorld();
    const { registry } = instance();
    await registry.register(COINBASE);
    const lines = logLines();
    await registry.deregister();
    expect(lines).toMatchObject([{ level: 'log', msg: 'exchange given back', exchange: 'coinbase' }]);
  });

  it.each([null, undefined])(
    'for no failure (%p) is none in the status and in the machine',
    async (error) => {
      const { instance, chain } = registryWorld();
      const { registry, machine } = instance();
      await registry.register(COINBASE);
      await machine.transition('starting');
      await registry.deregister({ actor: 'operator', cause: 'maintenance', error });
      expect(registry.lastError).toBeNull();
      expect(machine.getRuntimeState()).toMatchObject({ connectionState: 'idle', connectionError: null });
      expect(await chain()).not.toContain('error');
    },
  );

  it('of a claim that expires while it starts is a stop, not a recovery', async () => {
    const { clock, store, instance, chain } = registryWorld();
    const { registry, machine } = instance();
    await registry.register(COINBASE, { stopWork: () => Promise.resolve() });
    await machine.transition('starting');
    store.down = true;
    await clock.advance(30_000);
    store.down = false;
    await clock.advance(5_000);
    expect(await chain()).toEqual([
      'claimed',
      'idle>starting',
      'starting>stopping',
      'stopping>stopped',
      'released',
      'stopped>idle',
    ]);
  });

  it('that finds only at the last step that the claim is gone says lost, not released', async () => {
    const { store, instance, chain } = registryWorld();
    const { registry, machine } = instance();
    const other = instance();
    await registry.register(COINBASE, {
      stopWork: async () => {
        store.dropStatus(1);
        store.dropFence(1);
        await other.registry.register(COINBASE);
      },
    });
    await machine.transition('starting');
    await registry.deregister();
    const said = await chain();
    expect(said).toContain('lost');
    expect(said).not.toContain('released');
  });

  it('waits for the answer to its last step before it gives anything back', async () => {
    const { clock, store, instance, chain } = registryWorld();
    const { registry, machine, link } = instance();
    const other = instance();
    const write = link.write.bind(link);
    await registry.register(COINBASE, {
      stopWork: async () => {
        store.dropStatus(1);
        store.dropFence(1);
        await other.registry.register(COINBASE);
        link.write = async (request) => {
          const outcome = await write(request);
          await delay(clock, 100);
          return outcome;
        };
      },
    });
    const releases: unknown[] = [];
    link.release = (request) => {
      releases.push(request);
      return Promise.reject(new Error('there is nothing to give back'));
    };
    await machine.transition('starting');
    const done = registry.deregister();
    await clock.advance(1_000);
    await done;
    const said = await chain();
    expect(said).toContain('lost');
    expect(said).not.toContain('released');
    expect(releases).toEqual([]);
  });

  it('of a claim that was lost before any work began has no step to make', async () => {
    const { clock, store, instance, chain } = registryWorld();
    const { registry, keeper } = instance();
    const lines = logLines();
    await registry.register(COINBASE, { stopWork: () => Promise.resolve() });
    store.dropStatus(1);
    store.dropFence(1);
    await instance().registry.register(COINBASE);
    await keeper.beat();
    await clock.settle();
    expect(lines.filter(({ level }) => level === 'fatal')).toEqual([]);
    expect([registry.lease, await chain()]).toEqual([null, ['claimed', 'claimed', 'lost']]);
  });
});
