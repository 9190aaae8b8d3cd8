import { Logger } from '@nestjs/common';
import { logLines } from '../../test/support/log-lines';
import { FakeClock } from '../fake-clock';
import { IllegalTransitionError, TransitionSupersededError } from './state-machine.errors';
import { StateMachine } from './state-machine';
import { INITIAL_SNAPSHOT, type Snapshot, type Transition } from './transition';
import { NO_RECORDER, type TransitionRecorder } from './transition-recorder';

/** A store whose answers the test gives, one by one. */
class Recorder implements TransitionRecorder {
  admit(): void {}
  readonly log: string[] = [];
  readonly waiting: {
    transition: Transition;
    yes: () => void;
    no: (error: Error) => void;
    signal: AbortSignal;
  }[] = [];

  confirm(transition: Transition, _next: Snapshot, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const yes = () => {
        this.log.push(`${transition.from}>${transition.to}`);
        resolve();
      };
      this.waiting.push({ transition, yes, no: reject, signal });
    });
  }

  record(transition: Transition): void {
    this.log.push(`${transition.from}>${transition.to}`);
  }

  recordPause({ isPaused }: Snapshot): void {
    this.log.push(isPaused ? 'paused' : 'resumed');
  }
}

function machineWith(recorder = new Recorder()) {
  const machine = new StateMachine();
  machine.useRecorder(recorder);
  return { machine, recorder };
}

async function turns() {
  for (let i = 0; i < 5; i += 1) await Promise.resolve();
}

describe('StateMachine', () => {
  it('takes a step towards work only when the store has confirmed it', async () => {
    const { machine, recorder } = machineWith();
    const starting = machine.transition('starting');
    await turns();
    expect(machine.currentState).toBe('idle');
    recorder.waiting[0]?.yes();
    await expect(starting).resolves.toMatchObject({ from: 'idle', to: 'starting' });
    expect(machine.currentState).toBe('starting');
  });

  it('stays where it is when the store refuses the step', async () => {
    const { machine, recorder } = machineWith();
    const starting = machine.transition('starting');
    await turns();
    recorder.waiting[0]?.no(new Error('lost'));
    await expect(starting).rejects.toThrow('lost');
    expect(machine.currentState).toBe('idle');
    expect(machine.history).toEqual([]);
  });

  it('takes a step away from work at once, whether or not the store answers', async () => {
    const machine = new StateMachine();
    for (const to of ['starting', 'warming', 'active'] as const) await machine.transition(to);
    const { recorder } = { recorder: new Recorder() };
    machine.useRecorder(recorder);
    const stopping = machine.transition('stopping', { actor: 'operator', cause: 'maintenance' });
    expect(machine.currentState).toBe('stopping');
    await expect(stopping).resolves.toMatchObject({ actor: 'operator', cause: 'maintenance' });
  });

  it('does concurrent steps towards work one after the other', async () => {
    const { machine, recorder } = machineWith();
    const first = machine.transition('starting');
    const second = machine.transition('warming');
    await turns();
    expect(recorder.waiting).toHaveLength(1);
    recorder.waiting[0]?.yes();
    await first;
    await turns();
    recorder.waiting[1]?.yes();
    await second;
    expect(machine.history.map(({ to }) => to)).toEqual(['starting', 'warming']);
  });

  it('lets a stop overtake a step that still waits, and counts that step as taken', async () => {
    const { machine, recorder } = machineWith();
    const starting = machine.transition('starting');
    await turns();
    const stopping = machine.transition('stopping');
    expect(machine.currentState).toBe('stopping');
    await expect(starting).rejects.toThrow(TransitionSupersededError);
    await stopping;
    expect(recorder.waiting[0]?.signal.aborted).toBe(true);
    expect(machine.history.map(({ from, to }) => `${from}>${to}`)).toEqual([
      'idle>starting',
      'starting>stopping',
    ]);
  });

  it('an illegal request does not cost the step that waits', async () => {
    const { machine, recorder } = machineWith();
    const starting = machine.transition('starting');
    await turns();
    await expect(machine.transition('stopped')).rejects.toThrow(IllegalTransitionError);
    recorder.waiting[0]?.yes();
    await starting;
    expect(machine.currentState).toBe('starting');
  });

  it('records a move although a listener fails', async () => {
    Logger.overrideLogger(false);
    const { machine, recorder } = machineWith();
    machine.onChange(() => {
      throw new Error('listener');
    });
    const starting = machine.transition('starting');
    await turns();
    recorder.waiting[0]?.yes();
    await starting;
    await machine.transition('idle');
    expect(recorder.log).toEqual(['idle>starting', 'starting>idle']);
  });

  it('tells its listeners of every change until they stop listening', async () => {
    const machine = new StateMachine();
    const seen: string[] = [];
    const stop = machine.onChange(({ state }) => seen.push(state));
    await machine.transition('starting');
    stop();
    await machine.transition('idle');
    expect(seen).toEqual(['starting']);
  });

  it('records that the workload rests and goes on', async () => {
    const { machine, recorder } = machineWith();
    for (const to of ['starting', 'warming', 'active'] as const) {
      const moved = machine.transition(to);
      await turns();
      recorder.waiting.at(-1)?.yes();
      await moved;
    }
    machine.pause();
    machine.resume();
    expect(recorder.log.slice(-2)).toEqual(['paused', 'resumed']);
    expect(machine.currentState).toBe('active');
  });

  it.each([
    ['idle', [], false],
    ['starting', ['starting'], true],
    ['warming', ['starting', 'warming'], true],
    ['active', ['starting', 'warming', 'active'], false],
    ['stopping', ['starting', 'stopping'], false],
    ['stopped', ['starting', 'stopping', 'stopped'], false],
  ] as const)('in %s can go straight to idle after a failure only while it starts', async (_, path, can) => {
    const machine = new StateMachine();
    for (const to of path) await machine.transition(to);
    expect(machine.canRecover).toBe(can);
  });

  it('with a step under way can be stopped, and not recover', async () => {
    const { machine, recorder } = machineWith();
    expect(machine.canStop).toBe(false);
    const starting = machine.transition('starting');
    await turns();
    expect([machine.canStop, machine.canRecover]).toEqual([true, false]);
    recorder.waiting[0]?.no(new Error('lost'));
    await expect(starting).rejects.toThrow('lost');
    expect([machine.canStop, machine.canRecover]).toEqual([false, false]);
  });

  it('does not take back the step that another has begun when an overtaken one is answered late', async () => {
    const { machine, recorder } = machineWith();
    const overtaken = machine.transition('starting');
    await turns();
    await machine.transition('idle');
    await expect(overtaken).rejects.toThrow('overtaken by a step to idle');
    const next = machine.transition('starting');
    await turns();
    recorder.waiting[0]?.yes();
    await turns();
    expect([machine.currentState, machine.canStop]).toEqual(['idle', true]);
    recorder.waiting[1]?.yes();
    await next;
    expect(machine.currentState).toBe('starting');
  });

  it('says that the application requested what nobody else did', async () => {
    const machine = new StateMachine(new FakeClock());
    await expect(machine.transition('starting')).resolves.toEqual({
      from: 'idle',
      to: 'starting',
      at: '2026-01-01T00:00:00.000Z',
      actor: 'system',
      cause: 'application',
      error: null,
    });
  });

  it('shows the facts it was given with its state', async () => {
    const machine = new StateMachine();
    const facts = { isStandby: false, exchangeConnected: true, queueDepth: 7, startup: null };
    machine.useFacts(() => facts);
    expect(machine.facts).toBe(facts);
    expect(machine.getRuntimeState()).toMatchObject({ exchangeConnected: true, queueDepth: 7, mode: 'idle' });
  });

  it('on its own publishes nothing, and waits for nobody', async () => {
    const made = await new StateMachine().transition('starting');
    const { signal } = new AbortController();
    await expect(NO_RECORDER.confirm(made, INITIAL_SNAPSHOT, signal)).resolves.toBeUndefined();
  });

  it('says that a listener has failed', async () => {
    const lines = logLines();
    const machine = new StateMachine();
    machine.onChange(() => {
      throw new Error('listener');
    });
    await machine.transition('starting');
    expect(lines).toMatchObject([{ level: 'error', state: 'starting', err: { message: 'listener' } }]);
  });

  it('with a step from starting to warming under way cannot recover: it may be warming already', async () => {
    const { machine, recorder } = machineWith();
    const starting = machine.transition('starting');
    await turns();
    recorder.waiting[0]?.yes();
    await starting;
    expect([machine.canRecover, machine.snapshot.state]).toEqual([true, 'starting']);
    const warming = machine.transition('warming');
    await turns();
    expect(machine.canRecover).toBe(false);
    recorder.waiting[1]?.yes();
    await warming;
    expect(machine.canRecover).toBe(true);
  });
});
