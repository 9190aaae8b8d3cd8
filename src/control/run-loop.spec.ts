import { logLines } from '../../test/support/log-lines';
import { BY_OPERATOR, runnerWorld, START } from '../../test/support/runner-world';
import { ScriptedWorkloads } from '../../test/support/scripted-workload';
import type { FakeClock } from '../fake-clock';
import type { ExchangeRunner } from './exchange-runner';

describe('standby', () => {
  it('waits, takes over at once when the holder gives back, and says so meanwhile', async () => {
    const { clock, runner } = runnerWorld();
    const one = runner();
    await one.runner.start(START);
    const two = runner();
    await expect(two.runner.start({ ...START, standby: true })).resolves.toMatchObject({
      standby: true,
      connectionState: 'idle',
      allowedCommands: ['stop'],
    });
    await one.runner.stop(BY_OPERATOR);
    await clock.settle();
    await clock.settle();
    expect(two.runner.status()).toMatchObject({ connectionState: 'starting', standby: false, lease: 'held' });
  });

  it('takes over when the claim of a dead holder expires', async () => {
    const { clock, runner } = runnerWorld();
    const one = runner();
    await one.runner.start(START);
    one.link.link = 'down';
    const two = runner();
    await two.runner.start({ ...START, standby: true });
    await clock.advance(44_000);
    expect(two.runner.status().standby).toBe(true);
    await clock.advance(1_100);
    expect(two.runner.status()).toMatchObject({ connectionState: 'starting' });
  });

  it('of several one wins, the others go on waiting', async () => {
    const { clock, runner } = runnerWorld();
    const one = runner();
    await one.runner.start(START);
    const others = [runner(), runner(), runner()];
    for (const other of others) await other.runner.start({ ...START, standby: true });
    await one.runner.stop(BY_OPERATOR);
    await clock.advance(10);
    expect(others.filter((other) => other.runner.status().lease === 'held')).toHaveLength(1);
    expect(others.filter((other) => other.runner.status().standby)).toHaveLength(2);
  });

  it('does not wake another that claims in vain, as long as replicas are missing', async () => {
    const { clock, runner } = runnerWorld();
    const both = [1, 2].map(() => runner(undefined, { waitReplicas: 1 }));
    let claims = 0;
    for (const { link } of both) {
      const claim = link.claim.bind(link);
      link.claim = (request) => {
        claims += 1;
        return claim(request);
      };
    }
    for (const one of both) await one.runner.start({ ...START, standby: true });
    await clock.advance(300_000);
    // Each after 1, 2, 4 ... 32 s and then every minute, a little more or less.
    expect(claims).toBeGreaterThan(10);
    expect(claims).toBeLessThan(40);
    for (const one of both) await one.runner.stop(BY_OPERATOR);
  });

  it('can be ended', async () => {
    const { clock, runner } = runnerWorld();
    await runner().runner.start(START);
    const two = runner();
    await two.runner.start({ ...START, standby: true });
    await expect(two.runner.stop(BY_OPERATOR)).resolves.toMatchObject({
      standby: false,
      allowedCommands: ['start'],
    });
    await clock.settle();
  });
});

describe('autostart', () => {
  it('asks for the end of the process with code 75 when the exchange is taken', async () => {
    const { clock, runner } = runnerWorld();
    await runner().runner.start(START);
    const two = runner();
    two.runner.autostart('coinbase', false);
    await clock.settle();
    expect(two.exit.exitCode).toBe(75);
    expect(String(two.exit.signal.reason)).toContain('is held by instance');
  });

  it('waits for the end of a claim of its own that it had to leave to expire', async () => {
    const { clock, runner, toActive } = runnerWorld();
    const one = runner(new ScriptedWorkloads(false));
    one.runner.autostart('coinbase', false);
    await clock.settle();
    await toActive(one.workloads);
    one.workloads.last.gates.stop.fail(new Error('socket'));
    one.workloads.last.gates.run.fail(new Error('refused'));
    await clock.advance(2_000);
    expect(one.exit.exitCode).toBeNull();
    expect(one.runner.status()).toMatchObject({ standby: false, waiting: { code: 'EXCHANGE_TAKEN' } });
    await clock.advance(45_000);
    expect(one.runner.status()).toMatchObject({ connectionState: 'starting', lease: 'held' });
  });

  it('tries a failed run again after growing delays', async () => {
    const { clock, runner } = runnerWorld();
    const one = runner();
    one.runner.autostart('coinbase', false);
    await clock.settle();
    one.workloads.last.gates.start.fail(new Error('down'));
    await clock.advance(499);
    expect(one.workloads.made).toHaveLength(1);
    await clock.advance(1);
    expect(one.workloads.made).toHaveLength(2);
    one.workloads.last.gates.start.fail(new Error('down'));
    await clock.advance(999);
    expect(one.workloads.made).toHaveLength(2);
    await clock.advance(2);
    expect(one.workloads.made).toHaveLength(3);
  });

  it('goes on growing the delays while runs become active and fail at once', async () => {
    const { clock, runner, toActive } = runnerWorld();
    const one = runner();
    one.runner.autostart('coinbase', false);
    for (const waitMs of [500, 1_000, 2_000]) {
      await clock.settle();
      await toActive(one.workloads);
      const made = one.workloads.made.length;
      one.workloads.last.gates.run.fail(new Error('refused'));
      await clock.advance(waitMs - 1);
      expect(one.workloads.made).toHaveLength(made);
      await clock.advance(2);
      expect(one.workloads.made).toHaveLength(made + 1);
    }
  });

  it('begins again when the claim could not be proven and the store is back', async () => {
    const { clock, store, runner, toActive, beat } = runnerWorld();
    const one = runner();
    one.runner.autostart('coinbase', false);
    await clock.settle();
    await toActive(one.workloads);
    store.down = true;
    await beat(one, 3);
    expect(one.workloads.made[0]?.calls).toContain('stop');
    expect(one.machine.currentState).toBe('idle');
    store.down = false;
    await beat(one, 4);
    expect(one.runner.status()).toMatchObject({ connectionState: 'starting', lease: 'held' });
    expect(one.workloads.last.calls).toEqual(['start']);
  });

  it('never leads work that is being stopped into its next state', async () => {
    const { clock, store, runner } = runnerWorld();
    const one = runner();
    await one.runner.start(START);
    store.down = true;
    await clock.advance(30_000);
    expect(one.workloads.last.calls).toEqual(['start', 'stop']);
    expect(one.machine.history.map(({ to }) => to)).toEqual(['starting', 'stopping', 'stopped', 'idle']);
    expect(one.runner.status()).toMatchObject({ lastError: expect.stringContaining('could not be renewed') });
  });
});

async function untilWaiting(clock: FakeClock, runner: ExchangeRunner): Promise<void> {
  for (let left = 200; left > 0 && !runner.status().waiting; left -= 1) await clock.advance(100);
}

describe('an instance that waits', () => {
  it('says for what and until when, and is no standby if nobody asked for one', async () => {
    const { clock, store, runner } = runnerWorld();
    store.forget();
    const one = runner();
    one.runner.autostart('coinbase', false);
    await clock.settle();
    const until = new Date(clock.read().wallMs + 45_000).toISOString();
    expect(one.runner.status()).toMatchObject({
      standby: false,
      waiting: { code: 'CLAIM_DEFERRED', message: expect.stringContaining('Redis was restarted'), until },
    });
    expect(one.machine.getRuntimeState().mode).toBe('idle');
    await clock.advance(45_000);
    expect(one.runner.status()).toMatchObject({ connectionState: 'starting', waiting: null });
  });

  it('says it once for each thing that is waited for, not again with every try', async () => {
    const { clock, store, runner } = runnerWorld();
    store.forget();
    const lines = logLines();
    const one = runner();
    one.runner.autostart('coinbase', false);
    await clock.advance(20_000);
    // Once more: at the next try only a part of the time is left.
    store.forget();
    await clock.advance(26_000);
    expect(one.runner.status().waiting).toMatchObject({ code: 'CLAIM_DEFERRED' });
    expect(lines.filter(({ msg }) => String(msg).startsWith('waiting: '))).toHaveLength(1);
    await one.runner.stop(BY_OPERATOR);
  });

  it('says it again when it has held the exchange meanwhile', async () => {
    const { clock, store, runner } = runnerWorld();
    store.forget();
    const lines = logLines();
    const one = runner();
    one.runner.autostart('coinbase', false);
    await clock.advance(46_000);
    expect(one.runner.status()).toMatchObject({ connectionState: 'starting' });
    store.forget();
    one.workloads.last.gates.start.fail(new Error('down'));
    await clock.advance(2_000);
    expect(one.runner.status().waiting).toMatchObject({ code: 'CLAIM_DEFERRED' });
    expect(lines.filter(({ msg }) => String(msg).startsWith('waiting: '))).toHaveLength(2);
    await one.runner.stop(BY_OPERATOR);
  });

  it('for the store says so', async () => {
    const { clock, store, runner } = runnerWorld();
    store.down = true;
    const one = runner();
    one.runner.autostart('coinbase', false);
    await untilWaiting(clock, one.runner);
    expect(one.runner.status()).toMatchObject({ standby: false, waiting: { code: 'STORE_UNAVAILABLE' } });
    expect(one.machine.getRuntimeState().mode).toBe('idle');
  });

  it('as a standby is one, and is not advised to become one', async () => {
    const { runner } = runnerWorld();
    await runner().runner.start(START);
    const lines = logLines();
    const two = runner();
    const { waiting, standby } = await two.runner.start({ ...START, standby: true });
    expect([standby, two.machine.getRuntimeState().mode]).toEqual([true, 'standby']);
    expect(waiting).toMatchObject({
      code: 'EXCHANGE_TAKEN',
      message: expect.stringContaining('is held by instance'),
    });
    expect(lines).toContainEqual(expect.objectContaining({ msg: `waiting: ${waiting?.message}` }));
    expect(waiting?.message).not.toContain('as a standby');
    await two.runner.stop(BY_OPERATOR);
    expect(two.runner.status()).toMatchObject({ standby: false, waiting: null });
  });

  it.each([true, false])(
    'after a run that ended says why; it was started as a standby: %s',
    async (standby) => {
      const { clock, store, runner, toActive, beat } = runnerWorld();
      const one = runner();
      one.runner.autostart('coinbase', standby);
      await clock.settle();
      await toActive(one.workloads);
      store.down = true;
      await beat(one, 2);
      await untilWaiting(clock, one.runner);
      expect(one.runner.status()).toMatchObject({
        connectionState: 'idle',
        standby,
        waiting: { code: 'LEASE_LOST', message: expect.stringMatching(/^The run ended \(lost\): /) },
      });
      expect(one.machine.getRuntimeState().mode).toBe(standby ? 'standby' : 'idle');
      await one.runner.stop(BY_OPERATOR);
    },
  );
});

describe('shutdown', () => {
  it('ends everything and takes no further command', async () => {
    const { runner, toActive, published } = runnerWorld();
    const one = runner();
    await one.runner.start(START);
    await toActive(one.workloads);
    await one.runner.shutdown('SIGTERM');
    expect(published()).toBeNull();
    await expect(one.runner.start(START)).rejects.toThrow('Cannot start while idle and shutting down');
  });

  it('with the store gone ends within its limits', async () => {
    const { clock, store, runner, toActive } = runnerWorld();
    const one = runner();
    await one.runner.start(START);
    await toActive(one.workloads);
    store.down = true;
    let over = false;
    void one.runner.shutdown('SIGTERM').then(() => (over = true));
    await clock.advance(10_000);
    expect(over).toBe(true);
    expect(one.machine.currentState).toBe('idle');
  });
});
