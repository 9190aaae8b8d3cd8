import type { ActivityEntry } from '../../../src/registry/activity';
import { waitFor } from '../../support/wait-for';
import { claimed, COMMAND, event, releaseRequest, renew, writeRequest } from './requests';
import type { WorldOf } from './store-world';

export function streamsContract(world: WorldOf): void {
  const append = (...seqs: number[]) =>
    world().store.append({ exchangeId: 1, instanceId: 'a', events: seqs.map((seq) => event('a1', seq)) });

  describe('the activity log', () => {
    it('takes each event once, however often and in whatever portions it is sent', async () => {
      await append(1, 2);
      expect(await append(1, 2, 3)).toEqual({ outcome: 'appended', loggedSeq: 3 });
      expect(await append(1, 2)).toEqual({ outcome: 'appended', loggedSeq: 3 });
      const { entries } = await world().log.page(1, { count: 9, cursor: null });
      expect(entries.map(({ seq }) => seq)).toEqual([3, 2, 1]);
    });

    it('is read page by page, newest first', async () => {
      const { log } = world();
      await append(1, 2, 3, 4, 5);
      const first = await log.page(1, { count: 2, cursor: null });
      const second = await log.page(1, { count: 2, cursor: first.nextCursor });
      const third = await log.page(1, { count: 2, cursor: second.nextCursor });
      expect([first, second, third].map(({ entries }) => entries.map(({ seq }) => seq))).toEqual([
        [5, 4],
        [3, 2],
        [1],
      ]);
      expect(third.nextCursor).toBeNull();
    });

    it('tells its last entry, from which on to follow', async () => {
      const { log } = world();
      expect(await log.lastId(1)).toBe('0-0');
      for (const last of [1, 2, 3]) {
        await append(1, last);
        const { entries } = await log.page(1, { count: 1, cursor: null });
        expect(entries[0]).toMatchObject({ id: await log.lastId(1), seq: last });
      }
    });

    it('goes on behind the last entry of a page, however long that is', async () => {
      const { log } = world();
      await append(1, 2, 3, 4, 5, 6, 7);
      const first = await log.page(1, { count: 3, cursor: null });
      const second = await log.page(1, { count: 4, cursor: first.nextCursor });
      expect(second.entries.map(({ seq }) => seq)).toEqual([4, 3, 2, 1]);
      expect(second.nextCursor).toBeNull();
    });

    it('has token and predecessor on the last event of a claim only', async () => {
      const { store, log } = world();
      await claimed(store, 'a1', { events: [event('a1', 1), event('a1', 2, 'claimed')] });
      const [last, first] = (await log.page(1, { count: 2, cursor: null })).entries;
      expect(last).toHaveProperty('predecessor', null);
      expect(first).not.toHaveProperty('predecessor');
      expect(first?.fencingToken).toBeNull();
    });

    it('is acknowledged as far as it has got by every reply, whatever that says', async () => {
      const { store, dropStatus } = world();
      const held = await claimed(store, 'a1', { events: [event('a1', 1, 'claimed')] });
      await append(2);
      expect(await renew(store, held)).toMatchObject({ outcome: 'renewed', loggedSeq: 2 });
      expect(await store.write(writeRequest(held))).toMatchObject({ outcome: 'written', loggedSeq: 2 });
      await dropStatus();
      expect(await store.write(writeRequest(held))).toMatchObject({ outcome: 'missing', loggedSeq: 2 });
      await claimed(store, 'b1');
      expect(await renew(store, held)).toMatchObject({ outcome: 'lost', loggedSeq: 2 });
      expect(await store.write(writeRequest(held))).toMatchObject({ outcome: 'lost', loggedSeq: 2 });
      expect(await store.release(releaseRequest(held))).toMatchObject({ outcome: 'not-held', loggedSeq: 2 });
    });

    it('is acknowledged to a claim whose time is over, too', async () => {
      const { store, nowMs, dropStatus, dropFence } = world();
      const held = await claimed(store, 'a1');
      await append(1);
      await dropStatus();
      await dropFence();
      const outcome = await renew(store, held, { expiresAtMs: (await nowMs()) - 1 });
      expect(outcome).toMatchObject({ outcome: 'lost', cause: 'expired', loggedSeq: 1 });
    });

    it('is empty after the store has lost its memory', async () => {
      const { log, loseMemory } = world();
      await append(1);
      await loseMemory();
      expect(await log.page(1, { count: 9, cursor: null })).toEqual({ entries: [], nextCursor: null });
      expect(await append(1)).toEqual({ outcome: 'appended', loggedSeq: 1 });
    });

    it.each(['0-0', '0-1', '0000-0', '9999999999999999-9999999999999999'])(
      'has a page before %s, wherever that is',
      async (cursor) => {
        await append(1);
        const { entries } = await world().log.page(1, { count: 9, cursor });
        expect(entries).toHaveLength(cursor.startsWith('9') ? 1 : 0);
      },
    );

    it('is followed from an entry on, until the follower has had enough', async () => {
      const { log } = world();
      await append(1, 2);
      const [newest, oldest] = (await log.page(1, { count: 2, cursor: null })).entries;
      const stop = new AbortController();
      const seen: ActivityEntry[] = [];
      const following = (async () => {
        for await (const entry of log.follow(1, oldest?.id ?? '', stop.signal)) seen.push(entry);
      })();
      await waitFor(() => seen.length === 1);
      await append(1, 2, 3);
      await waitFor(() => seen.length === 2);
      stop.abort();
      await following;
      expect(seen.map(({ seq }) => seq)).toEqual([2, 3]);
      expect(seen[0]).toEqual(newest);
    });

    it('is followed from now on', async () => {
      const { log } = world();
      await append(1);
      const stop = new AbortController();
      const iterator = log.follow(1, '$', stop.signal)[Symbol.asyncIterator]();
      await log.page(1, { count: 1, cursor: null });
      await append(2);
      expect(await iterator.next()).toMatchObject({ value: { seq: 2 } });
      stop.abort();
      expect(await iterator.next()).toMatchObject({ done: true });
    });
  });

  describe('the command queue', () => {
    it('gives a command to exactly one taker', async () => {
      const { queue } = world();
      const queueId = await queue.send(1, COMMAND, 5_000);
      const taken = await Promise.all(['a1', 'b1', 'c1'].map((taker) => queue.take(1, queueId, taker)));
      expect(taken.toSorted()).toEqual(['mine', 'other', 'other']);
    });

    it('shows what is in it and what comes', async () => {
      const { queue } = world();
      const first = await queue.send(1, COMMAND, 5_000);
      const stop = new AbortController();
      const iterator = queue.follow(1, stop.signal)[Symbol.asyncIterator]();
      expect(await iterator.next()).toMatchObject({ value: { queueId: first, command: COMMAND } });
      const second = await queue.send(1, { ...COMMAND, commandId: 'c-2' }, 5_000);
      expect(await iterator.next()).toMatchObject({
        value: { queueId: second, command: { commandId: 'c-2' } },
      });
      stop.abort();
      expect(await iterator.next()).toMatchObject({ done: true });
    });

    it('forgets a command when its time is over', async () => {
      const { queue, pass } = world();
      const queueId = await queue.send(1, COMMAND, 100);
      await pass(120);
      expect(await queue.take(1, queueId, 'a1')).toBe('gone');
    });

    it('forgets each command in its own time, whatever is sent behind it', async () => {
      const { queue, pass } = world();
      const early = await queue.send(1, COMMAND, 100);
      const late = await queue.send(1, { ...COMMAND, commandId: 'c-2' }, 60_000);
      await pass(120);
      expect(await queue.take(1, early, 'a1')).toBe('gone');
      expect(await queue.take(1, late, 'a1')).toBe('mine');
    });

    it('gives the same answer to a taker that asks again', async () => {
      const { queue, pass } = world();
      const queueId = await queue.send(1, COMMAND, 100);
      expect(await queue.take(1, queueId, 'a1')).toBe('mine');
      await pass(120);
      expect(await queue.take(1, queueId, 'a1')).toBe('mine');
      expect(await queue.take(1, queueId, 'c-1')).toBe('other');
    });

    it('has nothing of a command, nor of its taker, that was lost', async () => {
      const { queue, loseMemory } = world();
      const [taken, waiting] = [await queue.send(1, COMMAND, 5_000), await queue.send(1, COMMAND, 5_000)];
      await queue.take(1, taken, 'a1');
      await loseMemory();
      expect(await queue.take(1, taken, 'c-1')).toBe('gone');
      expect(await queue.take(1, waiting, 'c-1')).toBe('gone');
    });

    it('knows no command under a name that is none', async () => {
      expect(await world().queue.take(1, 'nonsense', 'a1')).toBe('gone');
    });
  });
}
