import { COINBASE, registryWorld, slowWork, writesOf } from '../../test/support/registry-world';
import { delay } from '../clock';

describe('what is published', () => {
  it('a step that was not answered is recorded exactly once (I4)', async () => {
    const { clock, store, instance, chain } = registryWorld();
    const { registry, machine } = instance();
    await registry.register(COINBASE);
    store.down = true;
    const starting = machine.transition('starting');
    await clock.advance(5_000);
    expect(machine.currentState).toBe('idle');
    store.down = false;
    await clock.advance(1_000);
    await starting;
    expect(await chain()).toEqual(['claimed', 'idle>starting']);
  });

  it('a step stays published when a heartbeat was composed before its answer was there', async () => {
    const { clock, instance, published } = registryWorld();
    const parts = instance();
    await parts.registry.register(COINBASE);
    const write = parts.link.write.bind(parts.link);
    parts.link.write = async (request) => {
      const outcome = await write(request);
      if (request.status.connectionState === 'starting') await parts.keeper.beat();
      return outcome;
    };
    await parts.machine.transition('starting');
    parts.link.write = write;
    await clock.settle();
    expect(published()).toMatchObject({ connectionState: 'starting' });
  });

  it('a step stays published when a field that changed on its way has put the state before it back', async () => {
    const { clock, instance, published } = registryWorld();
    const { registry, machine, link } = instance();
    await registry.register(COINBASE);
    const write = link.write.bind(link);
    link.write = async (request) => {
      const outcome = await write(request);
      if (request.status.connectionState === 'starting') await delay(clock, 500);
      return outcome;
    };
    const starting = machine.transition('starting');
    registry.setSymbolCount(3);
    await clock.advance(400);
    expect(published()).toMatchObject({ connectionState: 'idle', symbolCount: 3 });
    await clock.advance(1_000);
    await starting;
    expect(published()).toMatchObject({ connectionState: 'starting', symbolCount: 3 });
  });

  it('a claim needs no write, and a step that nothing comes between needs one', async () => {
    const { clock, instance } = registryWorld();
    const { registry, machine, link } = instance();
    const writes = writesOf(link);
    await registry.register(COINBASE);
    await clock.advance(1_000);
    expect(writes).toEqual([]);
    await machine.transition('starting');
    await clock.advance(1_000);
    expect(writes).toEqual(['starting']);
  });

  it('of a key without a TTL gets that of the claim (P3)', async () => {
    const { store, clock, instance, published } = registryWorld();
    const { registry } = instance({ leaseTtlMs: 300_000 });
    await registry.register(COINBASE);
    store.putStatus(1, JSON.stringify(published()), null);
    registry.setSymbolCount(3);
    await clock.advance(300);
    expect(store.exchange(1).ttlMs).toBe(299_950);
  });

  it('what was learned while the claim was on its way follows it', async () => {
    const { clock, instance, published } = registryWorld();
    const { registry } = instance();
    const registering = registry.register(COINBASE);
    registry.setIpAddress('203.0.113.7');
    await registering;
    await clock.advance(300);
    expect(published()).toMatchObject({ ipAddress: '203.0.113.7' });
  });

  it('a stop that overtakes an unanswered step leaves a chain of allowed moves (I4)', async () => {
    const { clock, store, instance, chain } = registryWorld();
    const { registry, machine } = instance();
    await registry.register(COINBASE);
    store.down = true;
    const starting = machine.transition('starting').catch((e: unknown) => e);
    await clock.advance(1_000);
    const stopped = registry.deregister();
    store.down = false;
    await clock.advance(5_000);
    await stopped;
    expect(String(await starting)).toContain('overtaken');
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

  it.each([
    [31_000, ['active>stopping', 'stopping>stopped', 'released', 'stopped>idle']],
    [41_000, ['lost', 'active>stopping', 'stopping>stopped', 'stopped>idle']],
  ])(
    'a step that finds the loop was blocked for %i ms still leaves a chain (I4)',
    async (blockedMs, ending) => {
      const { clock, instance, chain } = registryWorld();
      const { registry, machine } = instance();
      await registry.register(COINBASE, { stopWork: () => Promise.resolve() });
      await machine.transition('starting');
      await machine.transition('warming');
      clock.block(blockedMs);
      await expect(machine.transition('active')).rejects.toThrow();
      await clock.advance(5_000);
      expect(await chain()).toEqual([
        'claimed',
        'idle>starting',
        'starting>warming',
        'warming>active',
        ...ending,
      ]);
      await expect(registry.register(COINBASE)).resolves.toMatchObject({ health: 'held' });
    },
  );

  it('a step towards work needs a claim', async () => {
    const { instance } = registryWorld();
    const { registry, machine } = instance();
    await expect(machine.transition('starting')).rejects.toThrow('holds no exchange');
    await registry.register(COINBASE);
    await registry.deregister();
    await expect(machine.transition('starting')).rejects.toThrow('holds no exchange');
    expect(machine.currentState).toBe('idle');
  });

  it('an error is recorded whatever the condition of the key (FIX-02)', async () => {
    const { store, clock, instance, activity, published } = registryWorld();
    const { registry, keeper } = instance();
    await registry.register(COINBASE);
    store.putOtherType(1, 'list', null);
    registry.recordError(new Error('first'));
    store.dropStatus(1);
    registry.recordError(new Error('second'));
    await clock.advance(1_000);
    await keeper.beat();
    const errors = (await activity()).filter(({ type }) => type === 'error').map(({ cause }) => cause);
    expect(errors).toEqual(['first', 'second']);
    expect(published()).toMatchObject({ lastError: 'second' });
  });

  it('progress is collected and published shortly after', async () => {
    const { clock, instance, published } = registryWorld();
    const { registry } = instance();
    await registry.register(COINBASE);
    for (const current of [1, 2, 3]) {
      registry.updateStatus({
        startup: { phase: 'backfill', percent: current, current, total: 100, item: 'BTC-USD' },
      });
    }
    registry.setSymbolCount(3);
    await clock.advance(250);
    expect(published()).toMatchObject({ symbolCount: 3, startup: { current: 3 }, revision: 2 });
  });

  it('work that is being stopped after a failure is not led into its next state', async () => {
    const { clock, instance } = registryWorld();
    const { registry, machine } = instance();
    const { options, finish } = slowWork();
    await registry.register(COINBASE, options);
    await machine.transition('starting');
    const ended = registry.deregister({ actor: 'system', cause: 'failed', error: new Error('no feed') });
    await clock.settle();
    expect(machine.currentState).toBe('starting');
    await expect(machine.transition('warming')).rejects.toMatchObject({
      code: 'TRANSITION_SUPERSEDED',
      waitedFor: 'warming',
      wentTo: 'stopping',
    });
    finish();
    await ended;
    expect(machine.currentState).toBe('idle');
  });

  it('each step and each pause names the claim, the actor and the cause, and the failure if there was one', async () => {
    const { clock, instance, activity } = registryWorld();
    const { registry, machine } = instance();
    const { claimId, fencingToken } = await registry.register(COINBASE, {
      stopWork: () => Promise.resolve(),
    });
    for (const to of ['starting', 'warming', 'active'] as const) await machine.transition(to);
    machine.pause({ actor: 'operator', cause: 'quiet, please' });
    machine.resume({ actor: 'viewer', cause: 'go on' });
    await clock.settle();
    await registry.deregister({ actor: 'system', cause: 'failed', error: new Error('no feed') });
    const all = await activity();
    expect(all.filter(({ type }) => type !== 'claimed')).toEqual(
      all.filter(({ type }) => type !== 'claimed').map((it) => ({ ...it, claimId, fencingToken })),
    );
    const [, starting, , , paused, resumed, , stopping] = all;
    expect(starting).not.toHaveProperty('data');
    expect(paused).toMatchObject({ type: 'paused', actor: 'operator', cause: 'quiet, please' });
    expect(resumed).toMatchObject({ type: 'resumed', actor: 'viewer', cause: 'go on' });
    expect(stopping).toMatchObject({ from: 'active', to: 'stopping', data: { error: 'no feed' } });
  });

  it('a pause is published at once', async () => {
    const { clock, instance, published } = registryWorld();
    const { registry, machine } = instance();
    await registry.register(COINBASE);
    for (const to of ['starting', 'warming', 'active'] as const) await machine.transition(to);
    expect(published()).toMatchObject({ connectionState: 'active', isPaused: false });
    machine.pause();
    await clock.settle();
    expect(published()).toMatchObject({ connectionState: 'active', isPaused: true });
  });

  it('a step is published with the state it leads to, and counts only then', async () => {
    const { clock, instance, published } = registryWorld();
    const { registry, machine, link } = instance();
    await registry.register(COINBASE);
    link.link = 'reply-lost';
    const starting = machine.transition('starting');
    await clock.settle();
    expect(published()).toMatchObject({ connectionState: 'starting' });
    expect(machine.currentState).toBe('idle');
    link.link = 'up';
    await clock.advance(1_000);
    await starting;
  });

  it('a step whose answer was lost with the claim counts as taken, because the log has it', async () => {
    const { clock, store, instance, chain } = registryWorld();
    const { registry, machine, link } = instance();
    await registry.register(COINBASE, { stopWork: () => Promise.resolve() });
    await machine.transition('starting');
    link.link = 'reply-lost';
    const warming = machine.transition('warming').catch((error: unknown) => error);
    await clock.settle();
    store.dropStatus(1);
    store.dropFence(1);
    await instance().registry.register(COINBASE);
    link.link = 'up';
    await clock.advance(5_000);
    await warming;
    expect(await chain()).toEqual([
      'claimed',
      'idle>starting',
      'starting>warming',
      'claimed',
      'lost',
      'warming>stopping',
      'stopping>stopped',
      'stopped>idle',
    ]);
  });

  it('an event whose write has no answer is kept, and written later', async () => {
    const { clock, instance, chain } = registryWorld();
    const { registry, machine, link } = instance();
    await registry.register(COINBASE);
    for (const to of ['starting', 'warming', 'active'] as const) await machine.transition(to);
    link.link = 'down';
    machine.pause();
    await clock.settle();
    link.link = 'up';
    await clock.advance(10_000);
    expect((await chain()).at(-1)).toBe('paused');
  });

  it('an event that was written without an answer is not sent again once a heartbeat has told so', async () => {
    const { clock, instance } = registryWorld();
    const { registry, machine, link, keeper, journal } = instance();
    await registry.register(COINBASE);
    for (const to of ['starting', 'warming', 'active'] as const) await machine.transition(to);
    link.link = 'reply-lost';
    machine.pause();
    await clock.settle();
    expect(journal.pending(1)).toHaveLength(1);
    link.link = 'up';
    await keeper.beat();
    expect(journal.pending(1)).toEqual([]);
  });
});
