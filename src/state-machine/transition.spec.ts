import { CONNECTION_STATES, TRANSITIONS, type ConnectionState } from './connection-state';
import { allowedCommands } from './guards';
import { IllegalPauseError, IllegalTransitionError } from './state-machine.errors';
import { HISTORY_LENGTH, INITIAL_SNAPSHOT, transition, type MachineEvent, type Snapshot } from './transition';

const AT = '2026-01-01T00:00:00.000Z';
const LATER = '2026-01-01T00:00:07.000Z';

/** Written out by hand, so that a change of the table has to be made twice. */
const ALLOWED = new Set([
  'idle>starting',
  'starting>warming',
  'starting>stopping',
  'starting>idle',
  'warming>active',
  'warming>stopping',
  'warming>idle',
  'active>stopping',
  'stopping>stopped',
  'stopped>idle',
]);

const pairs = CONNECTION_STATES.flatMap((from) => CONNECTION_STATES.map((to) => [from, to] as const));

function move(to: ConnectionState, at = AT, error: string | null = null): MachineEvent {
  return { type: 'move', to, at, actor: 'operator', cause: 'test', error };
}

function snapshotIn(state: ConnectionState): Snapshot {
  return { ...INITIAL_SNAPSHOT, state };
}

describe('the transition table (REG-03)', () => {
  it('has 36 pairs of states, of which exactly ten are moves', () => {
    expect(pairs).toHaveLength(36);
    expect(Object.values(TRANSITIONS).flat()).toHaveLength(ALLOWED.size);
  });

  it.each(pairs.filter(([from, to]) => ALLOWED.has(`${from}>${to}`)))('lets %s go to %s', (from, to) => {
    const { snapshot } = transition(snapshotIn(from), move(to));
    expect(snapshot.state).toBe(to);
    expect(snapshot.changedAt).toBe(AT);
  });

  it.each(pairs.filter(([from, to]) => !ALLOWED.has(`${from}>${to}`)))(
    'keeps %s from going to %s',
    (from, to) => {
      const before = snapshotIn(from);
      expect(() => transition(before, move(to))).toThrow(IllegalTransitionError);
      expect(() => transition(before, move(to))).toThrow(`Cannot go from ${from} to ${to}`);
      expect(before).toEqual(snapshotIn(from));
    },
  );
});

describe('transition', () => {
  it.each(['starting', 'warming', 'active'] as const)(
    'wants a step to %s confirmed before it counts',
    (to) => {
      const from = ({ starting: 'idle', warming: 'starting', active: 'warming' } as const)[to];
      expect(transition(snapshotIn(from), move(to)).effects).toEqual([
        { type: 'confirm', transition: { from, to, at: AT, actor: 'operator', cause: 'test', error: null } },
      ]);
    },
  );

  it.each([
    ['active', 'stopping'],
    ['stopping', 'stopped'],
    ['stopped', 'idle'],
    ['starting', 'idle'],
  ] as const)('lets the step from %s to %s count at once', (from, to) => {
    expect(transition(snapshotIn(from), move(to)).effects.map(({ type }) => type)).toEqual(['record']);
  });

  it('keeps connectedAt from active until the next run', () => {
    const active = transition(snapshotIn('warming'), move('active', LATER)).snapshot;
    const stopping = transition(active, move('stopping')).snapshot;
    const idle = [move('stopped'), move('idle')].reduce(
      (s, event) => transition(s, event).snapshot,
      stopping,
    );
    expect([active.connectedAt, stopping.connectedAt, idle.connectedAt]).toEqual([LATER, LATER, null]);
  });

  it('keeps startedAt from starting until the run has come to rest', () => {
    const begun = { ...snapshotIn('starting'), startedAt: AT };
    const warming = transition(begun, move('warming', LATER)).snapshot;
    const stopping = transition(warming, move('stopping', LATER)).snapshot;
    const stopped = transition(stopping, move('stopped', LATER)).snapshot;
    const idle = transition(stopped, move('idle', LATER)).snapshot;
    expect([warming, stopping, stopped, idle].map(({ startedAt }) => startedAt)).toEqual([AT, AT, AT, null]);
    const again = transition({ ...idle, connectedAt: AT }, move('starting', LATER)).snapshot;
    expect([again.startedAt, again.connectedAt]).toEqual([LATER, null]);
  });

  it('keeps an earlier failure through moves that are none', () => {
    const failure = { message: 'gone', at: AT };
    const stopping = { ...snapshotIn('stopping'), failure };
    expect(transition(stopping, move('stopped', LATER)).snapshot.failure).toEqual(failure);
  });

  it('keeps a failure visible while idle and forgets it at the next start', () => {
    const failed = transition(snapshotIn('starting'), move('idle', AT, 'no such product')).snapshot;
    expect(failed.failure).toEqual({ message: 'no such product', at: AT });
    expect(transition(failed, move('starting')).snapshot.failure).toBeNull();
  });

  it('remembers the last fifty moves', () => {
    const ring: ConnectionState[] = ['starting', 'idle'];
    const moves = Array.from({ length: 61 }, (_, i) => move(ring[i % 2] ?? 'idle'));
    const { history } = moves.reduce((s, event) => transition(s, event).snapshot, INITIAL_SNAPSHOT);
    expect(history).toHaveLength(HISTORY_LENGTH);
    expect(history.at(-1)?.to).toBe('starting');
  });
});

describe('pause', () => {
  it('is not a state: an active instance stays active', () => {
    const { snapshot, effects } = transition(snapshotIn('active'), { type: 'pause' });
    expect(snapshot).toEqual({ ...snapshotIn('active'), isPaused: true });
    expect(effects).toEqual([{ type: 'pause-changed', isPaused: true }]);
  });

  it.each(CONNECTION_STATES.filter((state) => state !== 'active'))('is refused while %s', (state) => {
    expect(() => transition(snapshotIn(state), { type: 'pause' })).toThrow(IllegalPauseError);
    expect(() => transition(snapshotIn(state), { type: 'resume' })).toThrow(IllegalPauseError);
  });

  it('is refused twice, and so is going on twice', () => {
    const paused = transition(snapshotIn('active'), { type: 'pause' }).snapshot;
    expect(() => transition(paused, { type: 'pause' })).toThrow('Cannot pause while active and paused');
    const resumed = transition(paused, { type: 'resume' }).snapshot;
    expect(() => transition(resumed, { type: 'resume' })).toThrow('Cannot resume while active');
  });

  it.each([
    ['warming', 'active', true],
    ['active', 'stopping', true],
    ['stopping', 'stopped', false],
    ['stopped', 'idle', false],
    ['idle', 'starting', false],
  ] as const)('from %s to %s is kept: %s', (from, to, isKept) => {
    const { snapshot } = transition({ ...snapshotIn(from), isPaused: true }, move(to));
    expect(snapshot.isPaused).toBe(isKept);
  });

  it('ends with the run', () => {
    const paused = transition(snapshotIn('active'), { type: 'pause' }).snapshot;
    const stopped = [move('stopping'), move('stopped')].reduce((s, e) => transition(s, e).snapshot, paused);
    expect(stopped.isPaused).toBe(false);
  });
});

describe('allowedCommands', () => {
  it.each([
    ['idle', false, ['start']],
    ['starting', false, ['stop']],
    ['warming', false, ['stop']],
    ['active', false, ['stop', 'pause']],
    ['active', true, ['stop', 'resume']],
    ['stopping', true, []],
    ['stopping', false, []],
    ['stopped', false, []],
  ] as const)('in %s (paused: %s) are %j', (state, isPaused, commands) => {
    expect(allowedCommands({ state, isPaused })).toEqual(commands);
  });
});
