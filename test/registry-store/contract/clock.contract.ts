import { claimed, claimRequest, renew } from './requests';
import type { WorldOf } from './store-world';

const HOUR_MS = 3_600_000;

export function clockContract(world: WorldOf): void {
  describe('claim on an empty store whose clock was set back behind its start', () => {
    const careful = claimRequest('b1', { emptyStoreGrace: true, ttlMs: 200 });
    const deferred = { outcome: 'deferred', reason: 'empty-store' };
    afterEach(() => world().shiftClock(0));

    it('waits one TTL, and not until the clock has caught up', async () => {
      const { store, loseMemory, shiftClock, pass } = world();
      await loseMemory();
      shiftClock(-HOUR_MS);
      expect(await store.claim(careful)).toEqual({ ...deferred, retryAfterMs: 200 });
      await pass(20);
      const again = await store.claim(careful);
      expect(again).toMatchObject(deferred);
      expect(again).not.toMatchObject({ retryAfterMs: 200 });
      await pass(190);
      expect(await store.claim(careful)).toMatchObject({ outcome: 'claimed', predecessor: null });
    });

    it('waits one TTL more when it is set back again', async () => {
      const { store, loseMemory, shiftClock } = world();
      await loseMemory();
      shiftClock(-HOUR_MS);
      await store.claim(careful);
      shiftClock(-2 * HOUR_MS);
      expect(await store.claim(careful)).toEqual({ ...deferred, retryAfterMs: 200 });
    });

    it('does not count what it has waited in another life of the store', async () => {
      const { store, loseMemory, shiftClock, changeIdentity, pass } = world();
      await loseMemory();
      shiftClock(-HOUR_MS);
      await store.claim(careful);
      await pass(210);
      await changeIdentity();
      expect(await store.claim(careful)).toEqual({ ...deferred, retryAfterMs: 200 });
    });

    it('lets the forgotten holder come back meanwhile', async () => {
      const { store, loseMemory, shiftClock } = world();
      const held = await claimed(store, 'a1');
      await loseMemory();
      shiftClock(-HOUR_MS);
      expect(await store.claim(careful)).toMatchObject(deferred);
      expect(await renew(store, held)).toMatchObject({ outcome: 'renewed', healed: true });
      expect(await store.claim(careful)).toMatchObject({ outcome: 'refused' });
    });

    it('leaves nothing that counts as a token', async () => {
      const { store, loseMemory, shiftClock } = world();
      await loseMemory();
      shiftClock(-HOUR_MS);
      await store.claim(careful);
      expect(await store.read([1])).toMatchObject([{ outcome: 'read', fencingToken: null }]);
    });
  });
}
