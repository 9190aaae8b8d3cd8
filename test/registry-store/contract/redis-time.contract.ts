/** What only Redis does by its clock: a key of no time left is still there for a millisecond, and an old log is cut by whole nodes. */
import type { RedisWorld } from './redis-world';
import { claimed, claimRequest, event, revokeRequest, writeRequest } from './requests';

const DAY_MS = 86_400_000;
/** Fills several nodes of a stream, which hold 100 entries at most. */
const MANY = 250;

export function redisTimeContract(world: () => RedisWorld): void {
  afterEach(() => world().shiftClock(0));

  describe('a status with no time left', () => {
    /** Held by `a1`, to the very millisecond of its end. */
    const atItsEnd = async () => {
      await world().stopClock();
      const held = await claimed(world().store, 'a1', { ttlMs: 100 });
      await world().pass(100);
      expect(await world().statusTtlMs()).toBe(0);
      return held;
    };
    const endsNow = async () => {
      await world().pass(1);
      expect(await world().statusTtlMs()).toBeNull();
    };

    it('is not kept by its own claim, sent again', async () => {
      await atItsEnd();
      await claimed(world().store, 'a1');
      await endsNow();
    });

    it('keeps others out for the last time, and is no poison', async () => {
      await atItsEnd();
      const outcome = await world().store.claim(claimRequest('b1'));
      expect(outcome).toMatchObject({ outcome: 'refused', expiresInMs: 1 });
      await endsNow();
    });

    it('is not kept by a write', async () => {
      const held = await atItsEnd();
      expect(await world().store.write(writeRequest(held))).toMatchObject({ outcome: 'written' });
      await endsNow();
    });

    it('is waited for by nobody once it is revoked', async () => {
      await atItsEnd();
      expect(await world().store.revoke(revokeRequest())).toMatchObject({ claimableInMs: 0 });
    });
  });

  describe('the activity log', () => {
    const append = (first: number, count: number) =>
      world().store.append({
        exchangeId: 1,
        instanceId: 'a',
        events: Array.from({ length: count }, (_, at) => event('a1', first + at)),
      });

    it('forgets what is older than 90 days, as far as that fills whole nodes, and nothing else', async () => {
      const { log, shiftClock } = world();
      shiftClock(-90.5 * DAY_MS);
      await append(1, MANY);
      shiftClock(-89.5 * DAY_MS);
      await append(MANY + 1, MANY);
      shiftClock(0);
      await append(2 * MANY + 1, 1);
      const { entries } = await log.page(1, { count: 3 * MANY, cursor: null });
      const old = entries.filter(({ seq }) => seq <= MANY);
      expect(entries).toHaveLength(old.length + MANY + 1);
      expect(old.length).toBeLessThanOrEqual(100);
    });
  });
}
