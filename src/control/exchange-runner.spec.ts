import { BY_OPERATOR, runnerWorld, START } from '../../test/support/runner-world';
import { ScriptedWorkload, ScriptedWorkloads } from '../../test/support/scripted-workload';
import { ExchangeTakenError, StoreUnavailableError } from '../registry/registry.errors';
import { CommandNotAllowedError } from './runner.errors';

describe('start', () => {
  it('claims, then starts, warms up and becomes active with the workload (REG-04)', async () => {
    const { clock, runner, published } = runnerWorld();
    const one = runner();
    await expect(one.runner.start(START)).resolves.toMatchObject({
      connectionState: 'starting',
      exchange: { id: 1, name: 'coinbase' },
      lease: 'held',
      allowedCommands: ['stop'],
    });
    const { last } = one.workloads;
    expect(published()).toMatchObject({ connectionState: 'starting', connectedAt: null });
    last.gates.start.open();
    await clock.settle();
    expect(published()).toMatchObject({ connectionState: 'warming' });
    last.gates.warmUp.open();
    await clock.settle();
    expect(published()).toMatchObject({ connectionState: 'active', connectedAt: expect.any(String) });
    expect(last.calls).toEqual(['start', 'warmUp', 'run']);
    expect(one.machine.getRuntimeState()).toMatchObject({
      mode: 'running',
      exchangeConnected: true,
      queueDepth: 3,
    });
  });

  it('is refused, naming the holder, when another instance has the exchange; the refusal is on record (I5)', async () => {
    const { runner, activity } = runnerWorld();
    const one = runner();
    await one.runner.start(START);
    const two = runner();
    await expect(two.runner.start(START)).rejects.toThrow(ExchangeTakenError);
    expect(two.runner.status()).toMatchObject({
      connectionState: 'idle',
      exchange: null,
      allowedCommands: ['start'],
    });
    expect(two.workloads.made).toEqual([]);
    expect((await activity()).at(-1)).toMatchObject({
      type: 'command-refused',
      instanceId: two.registry.instanceId,
      data: { command: 'start', code: 'EXCHANGE_TAKEN' },
    });
  });

  it('twice is refused with the commands that are possible', async () => {
    const { runner } = runnerWorld();
    const one = runner();
    const first = one.runner.start(START);
    await expect(one.runner.start(START)).rejects.toThrow('Cannot start while idle. Possible now: stop.');
    await first;
    await expect(one.runner.start(START)).rejects.toThrow('Cannot start while starting. Possible now: stop.');
  });

  it('of an unknown exchange names the known ones', async () => {
    const { runner } = runnerWorld();
    await expect(runner().runner.start({ ...START, exchange: 'mtgox' })).rejects.toThrow(
      'coinbase, simulator',
    );
  });

  it('has the workload seal its own store with the token before it does anything else', async () => {
    const { clock, runner, published } = runnerWorld();
    const workloads = new ScriptedWorkloads();
    const create = jest.spyOn(workloads, 'create');
    const sealing: { token: number; state: unknown; resolve: () => void }[] = [];
    create.mockImplementation(() => {
      const workload = Object.assign(new ScriptedWorkload(), {
        seal: (token: number) =>
          new Promise<void>((resolve) =>
            sealing.push({ token, state: published()?.connectionState, resolve }),
          ),
      });
      workload.gates.stop.open();
      workloads.made.push(workload);
      return workload;
    });
    const one = runner(workloads);
    await one.runner.start(START);
    expect(sealing).toMatchObject([{ token: one.registry.lease?.fencingToken, state: 'starting' }]);
    expect(workloads.last.calls).toEqual([]);
    sealing[0]?.resolve();
    await clock.settle();
    expect(workloads.last.calls).toEqual(['start']);
    await one.runner.stop(BY_OPERATOR);
    await one.runner.start(START);
    const stopped = one.runner.stop(BY_OPERATOR);
    await clock.settle();
    sealing[1]?.resolve();
    await stopped;
    // A stop that comes while it seals is not followed by a beginning.
    expect(workloads.last.calls).toEqual(['stop']);
  });

  it('that fails gives the exchange back at once, keeps the error visible, and can be repeated (P6)', async () => {
    const { clock, runner, published } = runnerWorld();
    const one = runner();
    await one.runner.start(START);
    one.workloads.last.gates.start.fail(new Error('no such product'));
    await clock.settle();
    expect(published()).toBeNull();
    expect(one.workloads.last.calls).toEqual(['start', 'stop']);
    expect(one.runner.status()).toMatchObject({
      connectionState: 'idle',
      lastError: 'no such product',
      lease: 'none',
    });
    await expect(one.runner.start(START)).resolves.toMatchObject({ connectionState: 'starting' });
  });

  it('that fails with what has no text gives the exchange back all the same', async () => {
    const { clock, runner, published } = runnerWorld();
    const one = runner();
    await one.runner.start(START);
    one.workloads.last.gates.start.fail(Object.create(null));
    await clock.settle();
    expect(published()).toBeNull();
    expect(one.runner.status()).toMatchObject({ connectionState: 'idle', lease: 'none' });
  });

  it('whose loop has failed before it began anything can be stopped, too', async () => {
    const { clock, runner, published } = runnerWorld();
    const one = runner();
    const recordError = one.registry.recordError.bind(one.registry);
    one.registry.recordError = () => {
      one.registry.recordError = recordError;
      throw new Error('a fault of ours');
    };
    one.machine.transition = () => Promise.reject(new Error('another'));
    await expect(one.runner.start(START)).rejects.toThrow('a fault of ours');
    await clock.settle();
    expect(one.runner.status()).toMatchObject({
      connectionState: 'idle',
      lease: 'held',
      allowedCommands: ['stop'],
    });
    await one.runner.stop(BY_OPERATOR);
    expect(published()).toBeNull();
  });

  it('whose loop has failed leaves nothing that a stop cannot reach', async () => {
    const { clock, runner, published, activity } = runnerWorld();
    const one = runner();
    await one.runner.start(START);
    const recordError = one.registry.recordError.bind(one.registry);
    one.registry.recordError = () => {
      one.registry.recordError = recordError;
      throw new Error('a fault of ours');
    };
    one.workloads.last.gates.start.fail(new Error('down'));
    await clock.settle();
    expect(one.runner.status()).toMatchObject({
      exchange: { id: 1, name: 'coinbase' },
      connectionState: 'starting',
      lease: 'held',
    });
    await one.runner.stop(BY_OPERATOR);
    await clock.settle();
    expect((await activity()).at(-1)).toMatchObject({ type: 'command-done', data: { command: 'stop' } });
    expect(published()).toBeNull();
    expect(one.workloads.last.calls).toContain('stop');
  });

  it('is not answered with yes when starting was never confirmed', async () => {
    const { clock, runner } = runnerWorld();
    const one = runner();
    one.registry.onTenure(() => {
      one.link.link = 'down';
    });
    const starting = one.runner.start(START).catch((error: unknown) => String(error));
    await clock.advance(45_000);
    expect(await starting).toContain('could not be renewed');
    expect(one.runner.status()).toMatchObject({ connectionState: 'idle', allowedCommands: ['start'] });
  });

  it('tells when the store does not answer, and stays idle', async () => {
    const { clock, store, runner } = runnerWorld();
    const one = runner();
    store.down = true;
    const refused = one.runner.start(START).catch((error: unknown) => error);
    await clock.advance(10_000);
    expect(await refused).toBeInstanceOf(StoreUnavailableError);
    expect(one.runner.status()).toMatchObject({ connectionState: 'idle', allowedCommands: ['start'] });
  });
});

describe('stop', () => {
  it.each(['start', 'warmUp', 'run'] as const)(
    'during %s ends the workload first and then gives back (I6)',
    async (phase) => {
      const { clock, runner, published } = runnerWorld();
      const one = runner(new ScriptedWorkloads(false));
      await one.runner.start(START);
      const { last } = one.workloads;
      if (phase !== 'start') last.gates.start.open();
      await clock.settle();
      if (phase === 'run') last.gates.warmUp.open();
      await clock.settle();
      const stopping = one.runner.stop(BY_OPERATOR);
      await clock.settle();
      expect(last.calls.slice(-2)).toEqual([phase, 'stop']);
      expect(published()).toMatchObject({ connectionState: 'stopping' });
      last.gates.stop.open();
      await expect(stopping).resolves.toMatchObject({
        connectionState: 'idle',
        lease: 'none',
        exchange: null,
      });
      expect(published()).toBeNull();
    },
  );

  it('of work that does not end aborts it, keeps the claim, says so, and asks for the end of the process (I6)', async () => {
    const { clock, runner, published } = runnerWorld();
    const one = runner(new ScriptedWorkloads(false));
    await one.runner.start(START);
    const stopping = one.runner.stop(BY_OPERATOR).catch((error: unknown) => String(error));
    await clock.advance(10_000);
    expect(one.workloads.last.context?.signal.aborted).toBe(true);
    await clock.advance(5_000);
    expect(await stopping).toContain('still runs');
    expect(published()).not.toBeNull();
    expect(one.exit.exitCode).toBe(70);
  });

  it('of work that fails to stop aborts what still runs of it, and lets its claim expire', async () => {
    const { clock, runner, toActive, published } = runnerWorld();
    const one = runner(new ScriptedWorkloads(false));
    await one.runner.start(START);
    await toActive(one.workloads);
    const { context, gates } = one.workloads.last;
    const stopping = one.runner.stop(BY_OPERATOR).catch(() => undefined);
    await clock.settle();
    expect(context?.signal.aborted).toBe(false);
    gates.stop.fail(new Error('socket'));
    await clock.settle();
    expect(context?.signal.reason).toEqual(new Error('socket'));
    gates.run.open();
    await stopping;
    expect(published()).not.toBeNull();
  });

  it('while idle is refused', async () => {
    const { runner } = runnerWorld();
    await expect(runner().runner.stop(BY_OPERATOR)).rejects.toThrow(CommandNotAllowedError);
  });

  it('while claiming calls the claim off', async () => {
    const { clock, store, runner } = runnerWorld();
    const one = runner();
    store.down = true;
    const starting = one.runner.start(START).catch((error: unknown) => error);
    await clock.settle();
    const stopping = one.runner.stop(BY_OPERATOR);
    await clock.advance(10_000);
    await expect(stopping).resolves.toMatchObject({ connectionState: 'idle' });
    expect(String(await starting)).toContain('called off');
  });
});
