import { COINBASE, registryWorld } from '../../test/support/registry-world';
import { entriesAt } from '../../test/support/signal-entries';
import type { ActivityLog } from './activity-log';
import type { ActivityType } from './activity';
import { Standby } from './standby';

/** A watch over exchange 1, and whether the try that waits has come. */
async function watching(before: readonly ActivityType[] = []) {
  const world = registryWorld();
  const { standby, journal: own } = world.instance();
  const { journal: others } = world.instance();
  const happens = async (...types: readonly ActivityType[]) => {
    for (const type of types) others.record(COINBASE, { type, actor: 'system', cause: 'test' });
    await world.clock.settle();
  };
  await happens(...before);
  const stop = new AbortController();
  const watch = await standby.watch(1, stop.signal);
  const next = (expiresInMs: number) => {
    const wait = { isOver: false, error: null as unknown };
    void watch
      .next(expiresInMs)
      .catch((error: unknown) => (wait.error = error))
      .finally(() => (wait.isOver = true));
    return wait;
  };
  return { ...world, happens, own, stop, next };
}

describe('standby', () => {
  it('tries again when the claim has expired, and a little is over', async () => {
    const { clock, next } = await watching();
    const wait = next(30_000);
    await clock.advance(30_004);
    expect(wait.isOver).toBe(false);
    await clock.advance(1);
    expect(wait.isOver).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('leaves nothing behind for each time it waited, however long it goes on', async () => {
    const { clock, next, stop } = await watching();
    const listeners = () => entriesAt(stop.signal);
    const before = listeners();
    for (let turn = 0; turn < 3; turn += 1) {
      next(1_000);
      await clock.advance(1_005);
    }
    expect(listeners()).toBe(before);
  });

  it('tries after a minute whatever the store says of the expiry', async () => {
    const { clock, next } = await watching();
    const wait = next(86_400_000);
    await clock.advance(59_999);
    expect(wait.isOver).toBe(false);
    await clock.advance(1);
    expect(wait.isOver).toBe(true);
  });

  it.each(['released', 'lost', 'revoked'] as const)('tries at once when the holder is %s', async (type) => {
    const { clock, happens, next } = await watching(['claimed']);
    const wait = next(30_000);
    await happens(type);
    expect(wait.isOver).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('goes on waiting when a claim of its own came to nothing', async () => {
    const { clock, own, next } = await watching();
    const wait = next(30_000);
    own.record(COINBASE, { type: 'released', actor: 'system', cause: 'claim abandoned' });
    await clock.settle();
    expect(wait.isOver).toBe(false);
  });

  it.each(['claimed', 'transition', 'error', 'paused', 'command-done'] as const)(
    'goes on waiting when the log says %s',
    async (type) => {
      const { clock, happens, next } = await watching();
      const wait = next(30_000);
      await happens(type);
      expect(wait.isOver).toBe(false);
      await clock.advance(30_005);
      expect(wait.isOver).toBe(true);
    },
  );

  it('does not answer to what was over before it began to watch', async () => {
    const { clock, next } = await watching(['claimed', 'released', 'claimed']);
    const wait = next(30_000);
    await clock.settle();
    expect(wait.isOver).toBe(false);
  });

  it('answers once to everything that ended while it was trying', async () => {
    const { clock, happens, next } = await watching();
    await happens('released', 'claimed', 'lost');
    const first = next(30_000);
    await clock.settle();
    expect(first.isOver).toBe(true);
    const second = next(30_000);
    await clock.settle();
    expect(second.isOver).toBe(false);
    await happens('released');
    expect(second.isOver).toBe(true);
    const third = next(30_000);
    await clock.settle();
    expect(third.isOver).toBe(false);
  });

  it('ends, with the reason, when nobody waits any more', async () => {
    const { clock, stop, next } = await watching();
    const wait = next(30_000);
    stop.abort(new Error('shutting down'));
    await clock.settle();
    expect(wait).toMatchObject({ isOver: true, error: { message: 'shutting down' } });
    expect(clock.pendingTimers).toBe(0);
  });

  it('without a log that can be read waits for the expiry alone', async () => {
    const { clock } = registryWorld();
    const followed: string[] = [];
    const log: ActivityLog = {
      page: () => Promise.reject(new Error('down')),
      lastId: () => Promise.reject(new Error('down')),
      follow: (_exchangeId, afterId) => {
        followed.push(afterId);
        throw new Error('down');
      },
    };
    const watch = await new Standby(log, clock, 'b').watch(1, new AbortController().signal);
    expect(followed).toEqual(['$']);
    let isOver = false;
    void watch.next(10_000).then(() => (isOver = true));
    await clock.advance(10_004);
    expect(isOver).toBe(false);
    await clock.advance(1);
    expect(isOver).toBe(true);
  });

  it.each([
    ['the newest entry', '7-3'],
    ['the very beginning of an empty log', '0-0'],
  ])('follows the log from %s', async (_what, afterId) => {
    const { clock } = registryWorld();
    const asked: unknown[] = [];
    const log = {
      lastId: async (...request: unknown[]) => {
        asked.push(request);
        return afterId;
      },
      follow: (...request: unknown[]) => {
        asked.push(request);
        return (async function* () {})();
      },
    } as unknown as ActivityLog;
    const { signal } = new AbortController();
    await new Standby(log, clock, 'b').watch(1, signal);
    expect(asked).toEqual([[1], [1, afterId, signal]]);
  });
});
