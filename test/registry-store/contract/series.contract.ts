/** What a fenced writer does with data: series of points, and plain values. */
import { FENCED_COMMANDS, type FencedCommand } from '../../../src/registry/fenced-writer';
import { claimed, refOf } from './requests';
import type { WorldOf } from './store-world';

export function seriesContract(world: WorldOf): void {
  describe('a series behind the fence', () => {
    /** The members left of p1 to p6, with scores 1 to 6, after `commands`. */
    const after = async (...commands: FencedCommand[]) => {
      const { store, writer } = world();
      const claim = refOf(await claimed(store, 'a1'));
      const points = [6, 2, 4, 1, 3, 5].flatMap((at) => [at, `p${at}`]);
      const outcome = await writer.write(claim, [
        { name: 'ZADD', key: 'candles', args: points },
        ...commands,
      ]);
      expect(outcome).toEqual({ outcome: 'written' });
      return (await writer.readNewest(1, 'candles', 9)).map(({ member }) => member).join(' ');
    };

    it('is read oldest first, whatever the order in which it was written', async () => {
      expect(await after()).toBe('p1 p2 p3 p4 p5 p6');
    });

    it.each([
      [['2', '4'], 'p1 p5 p6'],
      [['(2', '4'], 'p1 p2 p5 p6'],
      [['2', '(4'], 'p1 p4 p5 p6'],
      [['-inf', '3'], 'p4 p5 p6'],
      [['4', '+inf'], 'p1 p2 p3'],
      [['7', '9'], 'p1 p2 p3 p4 p5 p6'],
      [[2, 2], 'p1 p3 p4 p5 p6'],
    ])('loses the scores from %j', async (args, left) => {
      expect(await after({ name: 'ZREMRANGEBYSCORE', key: 'candles', args })).toBe(left);
    });

    it.each([
      [[0, 1], 'p3 p4 p5 p6'],
      [[-2, -1], 'p1 p2 p3 p4'],
      [[1, -2], 'p1 p6'],
      [[0, -9], 'p1 p2 p3 p4 p5 p6'],
      [[-9, 0], 'p2 p3 p4 p5 p6'],
      [[3, 3], 'p1 p2 p3 p5 p6'],
    ])('loses the places from %j', async (args, left) => {
      expect(await after({ name: 'ZREMRANGEBYRANK', key: 'candles', args })).toBe(left);
    });

    it('is gone when its key is deleted, and leaves others alone', async () => {
      const other: FencedCommand = { name: 'ZADD', key: 'other', args: [1, 'one'] };
      expect(await after(other, { name: 'DEL', key: 'candles', args: [] })).toBe('');
      expect(await world().writer.readNewest(1, 'other', 9)).toEqual([{ score: 1, member: 'one' }]);
    });

    it('is written by every command there is', async () => {
      const args: Record<FencedCommand['name'], FencedCommand['args']> = {
        SET: ['text'],
        ZADD: [1, 'one'],
        ZREMRANGEBYSCORE: [1, 2],
        ZREMRANGEBYRANK: [0, 1],
        DEL: [],
      };
      const { store, writer } = world();
      const claim = refOf(await claimed(store, 'a1'));
      for (const name of FENCED_COMMANDS) {
        const written = await writer.write(claim, [{ name, key: `of-${name}`, args: args[name] }]);
        expect({ name, ...written }).toEqual({ name, outcome: 'written' });
      }
    });

    it.each([
      ['a command that is none', { name: 'HSET', key: 'candles' }, 'HSET is not one of SET, ZADD'],
      ['the fence itself', { name: 'SET', key: 'fence' }, '"fence" is a key of the registry itself'],
      ['a journal', { name: 'DEL', key: 'journal:a1' }, '"journal:a1" is a key of the registry itself'],
    ])(
      'is refused as a whole when it has %s, as a mistake and not as an outage',
      async (_what, wrong, says) => {
        const { store, writer } = world();
        const claim = refOf(await claimed(store, 'a1'));
        const good: FencedCommand = { name: 'ZADD', key: 'candles', args: [1, 'one'] };
        const refused = writer.write(claim, [good, { ...wrong, args: [] } as unknown as FencedCommand]);
        await expect(refused).rejects.toThrow(RangeError);
        await expect(refused).rejects.toThrow(says);
        expect(await writer.readNewest(1, 'candles', 9)).toEqual([]);
      },
    );

    it('has no name that the registry keeps for itself', async () => {
      await expect(world().writer.readNewest(1, 'activity', 9)).rejects.toThrow(RangeError);
    });

    it('moves a point that is written again', async () => {
      expect(await after({ name: 'ZADD', key: 'candles', args: [9, 'p1'] })).toBe('p2 p3 p4 p5 p6 p1');
    });

    it('orders points of one score by their text', async () => {
      const { store, writer } = world();
      const claim = refOf(await claimed(store, 'a1'));
      await writer.write(claim, [{ name: 'ZADD', key: 'candles', args: [1, 'b', 1, 'c', 1, 'a', 0, 'z'] }]);
      const members = (await writer.readNewest(1, 'candles', 9)).map(({ member }) => member);
      expect(members).toEqual(['z', 'a', 'b', 'c']);
    });

    it('has as many newest points as are asked for', async () => {
      await after();
      const { writer } = world();
      expect(await writer.readNewest(1, 'candles', 2)).toEqual([
        { score: 5, member: 'p5' },
        { score: 6, member: 'p6' },
      ]);
      expect(await writer.readNewest(1, 'candles', 0)).toEqual([]);
      expect(await writer.readNewest(1, 'nothing', 9)).toEqual([]);
    });

    it.each([
      ['another token', { fencingToken: 1 }],
      ['another claim', { claimId: 'a2' }],
    ])('is not written under %s, and the newest token is named', async (_what, over) => {
      const { store, writer } = world();
      const held = await claimed(store, 'a1');
      const command = { name: 'ZADD' as const, key: 'candles', args: [1, 'one'] };
      expect(await writer.write({ ...refOf(held), ...over }, [command])).toEqual({
        outcome: 'fenced-out',
        fencingToken: held.fencingToken,
      });
      expect(await writer.readNewest(1, 'candles', 9)).toEqual([]);
    });

    it('is not written while there is no fence at all', async () => {
      const { store, writer, dropFence } = world();
      const held = refOf(await claimed(store, 'a1'));
      await dropFence();
      expect(await writer.write(held, [])).toEqual({ outcome: 'fenced-out', fencingToken: null });
    });
  });
}
