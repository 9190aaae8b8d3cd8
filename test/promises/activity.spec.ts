/** The activity log tells every move once, in order, whatever becomes of the replies; and a stop keeps its order. */
import { canTransition } from '../../src/state-machine/guards';
import { startTcpProxy } from '../support/tcp-proxy';
import { waitFor } from '../support/wait-for';
import { operate } from './operated-api';
import { type Event, usePromiseWorld } from './promise-world';

const world = usePromiseWorld();

/** Fails unless the moves of one instance are allowed and each begins where the one before it ended. */
function expectChain(events: readonly Event[]): void {
  let state = 'idle';
  for (const { type, from, to, cause, actor } of events) {
    if (type !== 'transition') continue;
    expect({ from, isAllowed: canTransition(from as never, to as never) }).toEqual({
      from: state,
      isAllowed: true,
    });
    expect(cause).toEqual(expect.stringMatching(/./));
    expect(actor).toEqual(expect.stringMatching(/./));
    state = to ?? '';
  }
  expect(state).toBe('idle');
  expectNumbers(events);
}

/** Each number once, in order, none missing. Except that of a claim which was given up: it is lost, before the next claim. */
function expectNumbers(events: readonly Event[]): void {
  let last = 0;
  let isHeld = false;
  for (const { seq, type } of events) {
    if (isHeld) expect(seq).toBe(last + 1);
    else expect(seq).toBeGreaterThan(last);
    last = seq;
    if (type === 'claimed') isHeld = true;
    if (type === 'released' || type === 'lost') isHeld = false;
  }
}

describe('I4: every move is in the activity log exactly once, in order', () => {
  it('REG-03: also when every command loses a reply on the way', async () => {
    const proxy = await startTcpProxy(world.current.redis.port);
    const api = operate(await world.current.idle({ env: { REDIS_URL: proxy.url } }));
    const { instanceId } = await api.status();
    const loseOneReply = async () => {
      const before = proxy.dropped.replies;
      proxy.dropReplies();
      await waitFor(() => proxy.dropped.replies > before, { describe: 'a reply to be lost' });
      await proxy.pass();
    };
    for (let round = 1; round <= 2; round += 1) {
      // The loss is waited for together with what it strikes; a start that failed by it is tried again.
      await Promise.all([loseOneReply(), api.startAndReadToken()]);
      await Promise.all([loseOneReply(), api.process.post('/control/pause')]);
      await Promise.all([loseOneReply(), api.process.post('/control/stop')]);
      await api.process.waitForState('idle');
    }
    const own = await waitFor(
      async () => {
        const events = (await world.current.activity()).filter((event) => event.instanceId === instanceId);
        const moves = events.filter(({ type }) => type === 'transition');
        const rests = moves.filter(({ to }) => to === 'idle');
        return rests.length >= 2 && rests.at(-1) === moves.at(-1) && events;
      },
      { describe: 'the last move to be in the log' },
    );
    expectChain(own);
    expect(world.current.witness.max).toBe(1);
  });

  it('also when Redis stood still in the middle of a stop', async () => {
    const api = operate(await world.current.idle());
    const { instanceId } = await api.status();
    await api.startAndReadToken();
    world.current.redis.pause();
    const stopping = api.process.post('/control/stop');
    try {
      await waitFor(() => world.current.witness.now === 0);
    } finally {
      world.current.redis.resume();
    }
    await stopping;
    await api.process.waitForState('idle');
    await world.current.waitForEvent(({ type, to }) => type === 'transition' && to === 'idle');
    expectChain((await world.current.activity()).filter((event) => event.instanceId === instanceId));
  });
});

describe('I6: the exchange is given back only after the work has ended', () => {
  const atFailpoint = (failpoint: string) => ({
    nodeArgs: ['--require', `${__dirname}/fixtures/at-failpoint.cjs`],
    env: { FAILPOINT: failpoint, FAILPOINT_DO: 'hold' },
  });

  it('HB-04: disconnects, then releases, then lets the next one in', async () => {
    const nodeArgs = ['--require', `${__dirname}/fixtures/slow-close.cjs`];
    const holder = operate(await world.current.holder({ nodeArgs }));
    const { instanceId } = await holder.status();
    const standby = await world.current.standby();
    holder.process.kill('SIGTERM');
    expect((await holder.process.exited).code).toBe(0);
    await standby.waitForState('active');
    const events = await world.current.activity();
    const own = events.filter((event) => event.instanceId === instanceId);
    expect(own.slice(-4).map(({ type, to }) => to ?? type)).toEqual([
      'stopping',
      'stopped',
      'released',
      'idle',
    ]);
    const [worked, next] = world.current.witness.intervals;
    const released = own.find(({ type }) => type === 'released');
    const claimed = events.findLast(({ type }) => type === 'claimed');
    // Of the process itself: on a busy machine the exchange learns of it some time later.
    const closed = await holder.process.output.waitForLine(/^feed closed (\d+)$/);
    expect(Number(closed.split(' ').at(-1))).toBeLessThanOrEqual(released?.takenAt ?? 0);
    expect(worked?.to).toBeLessThanOrEqual(next?.from ?? 0);
    expect(released?.takenAt).toBeLessThanOrEqual(claimed?.takenAt ?? 0);
    expect(claimed?.takenAt).toBeLessThanOrEqual(next?.from ?? 0);
  });

  it.each([
    ['before its work is stopped', 'stop.before-work', 1],
    ['before it is given back', 'stop.after-work', 0],
  ] as const)('a stop that hangs %s keeps the exchange', async (_when, failpoint, connected) => {
    const holder = await world.current.holder(atFailpoint(failpoint));
    const standby = await world.current.standby();
    holder.kill('SIGUSR2');
    await holder.output.waitForLine(/^failpoint armed/);
    holder.kill('SIGTERM');
    await holder.output.waitForLine(/^reached /);
    const { lastHeartbeat } = await world.current.waitForHolder(holder);
    await world.current.waitForStatus(
      (status) => status.lastHeartbeat > lastHeartbeat && status.pid === holder.pid,
    );
    expect(world.current.witness.now).toBe(connected);
    holder.kill('SIGUSR2');
    expect((await holder.exited).code).toBe(0);
    await standby.waitForState('active');
    expect(world.current.witness.max).toBe(1);
  });
});
