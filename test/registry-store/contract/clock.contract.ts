import {
  claimed,
  claimRequest,
  COMMAND,
  event,
  releaseRequest,
  renew,
  revokeRequest,
  statusOf,
  TTL_MS,
} from './requests';
import type { WorldOf } from './store-world';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export function clockContract(world: WorldOf): void {
  describe('claim on an empty store whose clock was set back behind its start', () => {
    const careful = claimRequest('b1', { emptyStoreGrace: true, ttlMs: 200 });
    const deferred = { outcome: 'deferred', reason: 'empty-store' };
    afterEach(() => world().shiftClock(0));

    it('waits one TTL, and not until the clock has caught up', async () => {
      const { store, loseMemory, shiftClock, stopClock, pass } = world();
      await loseMemory();
      shiftClock(-HOUR_MS);
      await stopClock();
      expect(await store.claim(careful)).toEqual({ ...deferred, retryAfterMs: 200 });
      await pass(20);
      expect(await store.claim(careful)).toEqual({ ...deferred, retryAfterMs: 180 });
      await pass(180);
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

    it('goes on for what is left of it when an operator takes away what lies there', async () => {
      const { store, log, loseMemory, shiftClock, stopClock, putStatus, pass } = world();
      await loseMemory();
      shiftClock(-HOUR_MS);
      await stopClock();
      await store.append({ exchangeId: 1, instanceId: 'a', events: [event('a1', 1)] });
      await store.claim(careful);
      await pass(50);
      await putStatus('nonsense', TTL_MS);
      const asked = {
        holderIsDead: true,
        emptyStoreGrace: true,
        ttlMs: 200,
        events: [event('o1', 1, 'revoked')],
      };
      const outcome = await store.revoke(revokeRequest(asked));
      if (outcome.outcome !== 'revoked') throw new Error(`not revoked but ${outcome.outcome}`);
      expect(outcome.claimableInMs).toBe(150);
      const { entries } = await log.page(1, { count: 9, cursor: null });
      expect(entries.map(({ seq, instanceId }) => [instanceId, seq])).toEqual([
        ['o', 1],
        ['a', 1],
      ]);
    });

    it('leaves nothing that counts as a token', async () => {
      const { store, loseMemory, shiftClock } = world();
      await loseMemory();
      shiftClock(-HOUR_MS);
      await store.claim(careful);
      expect(await store.read([1])).toMatchObject([{ outcome: 'read', fencingToken: null }]);
    });

    it('ends that wait in the very millisecond', async () => {
      const { store, loseMemory, shiftClock, stopClock, pass } = world();
      await loseMemory();
      shiftClock(-HOUR_MS);
      await stopClock();
      expect(await store.claim(careful)).toEqual({ ...deferred, retryAfterMs: 200 });
      await pass(199);
      expect(await store.claim(careful)).toEqual({ ...deferred, retryAfterMs: 1 });
      await pass(1);
      expect(await store.claim(careful)).toMatchObject({ outcome: 'claimed' });
    });
  });

  describe('on a clock that stands still', () => {
    afterEach(() => world().shiftClock(0));

    it.each([
      { ended: 'revoked', reason: 'revoked' },
      { ended: 'waiting', reason: 'empty-store' },
      { ended: 'released', reason: 'empty-store' },
    ] as const)('a wait ($ended) ends in the very millisecond', async ({ ended, reason }) => {
      const { store, stopClock, putFence, pass } = world();
      await putFence({ ended, untilMs: (await stopClock()) + 100 });
      const request = claimRequest('a1', { emptyStoreGrace: true });
      await pass(99);
      expect(await store.claim(request)).toEqual({ outcome: 'deferred', reason, retryAfterMs: 1 });
      await pass(1);
      expect(await store.claim(request)).toMatchObject({ outcome: 'claimed' });
    });

    it('waits also where the other store is an old one, as a replica that was promoted is, and a claim was renewed there', async () => {
      const { store, changeIdentity, shiftClock, dropStatus } = world();
      const ttlMs = 86_400_000;
      const held = await claimed(store, 'a1', { ttlMs });
      await changeIdentity();
      shiftClock(3_600_000);
      const status = statusOf('a1', { fencingToken: held.fencingToken, revision: 2 });
      expect(await renew(store, held, { status, ttlMs: TTL_MS })).toMatchObject({ outcome: 'renewed' });
      await dropStatus();
      expect(await store.claim(claimRequest('b1', { emptyStoreGrace: true }))).toMatchObject({
        outcome: 'deferred',
      });
    });

    it('the wait that a renewal found after a restart ends one TTL later, to the millisecond, whatever is renewed meanwhile', async () => {
      const { store, stopClock, changeIdentity, pass } = world();
      await stopClock();
      const held = await claimed(store, 'a1');
      await changeIdentity();
      await renew(store, held, { ttlMs: 200 });
      await pass(150);
      await renew(store, held, { ttlMs: 200 });
      await store.release(releaseRequest(held));
      const request = claimRequest('b1', { emptyStoreGrace: true, ttlMs: 200 });
      await pass(49);
      expect(await store.claim(request)).toEqual({
        outcome: 'deferred',
        reason: 'empty-store',
        retryAfterMs: 1,
      });
      await pass(1);
      expect(await store.claim(request)).toMatchObject({ outcome: 'claimed' });
    });

    it('a renewal on an old store that has lost its fence has nobody wait', async () => {
      const { store, stopClock, dropFence, shiftClock } = world();
      const held = await claimed(store, 'a1');
      shiftClock(HOUR_MS);
      await stopClock();
      await dropFence();
      expect(await renew(store, held)).toMatchObject({ outcome: 'renewed' });
      await store.release(releaseRequest(held));
      expect(await store.claim(claimRequest('b1', { emptyStoreGrace: true }))).toMatchObject({
        outcome: 'claimed',
      });
    });

    it('a revocation of this very moment has others wait for a whole day, and not longer; one of the next is none', async () => {
      const { store, stopClock, putFence } = world();
      const nowMs = await stopClock();
      const request = claimRequest('a1', { ttlMs: 200 });
      const deferred = { outcome: 'deferred', reason: 'revoked' };
      const fence = { ended: 'revoked', fencingToken: nowMs * 1_000 } as const;
      await putFence({ ...fence, untilMs: nowMs + DAY_MS });
      expect(await store.claim(request)).toEqual({ ...deferred, retryAfterMs: DAY_MS });
      await putFence({ ...fence, untilMs: nowMs + DAY_MS + 1 });
      expect(await store.claim(request)).toEqual({ ...deferred, retryAfterMs: 200 });
      await putFence({ ended: 'revoked', fencingToken: (nowMs + 1) * 1_000, untilMs: nowMs + DAY_MS });
      expect(await store.claim(request)).toEqual({ ...deferred, retryAfterMs: 200 });
    });

    it('a revocation in the last millisecond of a holder has others wait for that', async () => {
      const { store, stopClock, pass } = world();
      await stopClock();
      await claimed(store, 'a1', { ttlMs: 100 });
      await pass(99);
      expect(await store.revoke(revokeRequest())).toMatchObject({ outcome: 'revoked', claimableInMs: 1 });
      expect(await store.claim(claimRequest('b1'))).toMatchObject({ outcome: 'deferred', retryAfterMs: 1 });
      await pass(1);
      expect(await store.claim(claimRequest('b1'))).toMatchObject({ outcome: 'claimed' });
    });

    it('a claim can be put back in the very millisecond of its end, and not later', async () => {
      const { store, stopClock, loseMemory } = world();
      const nowMs = await stopClock();
      const held = await claimed(store, 'a1');
      await loseMemory();
      expect(await renew(store, held, { expiresAtMs: nowMs })).toMatchObject({ outcome: 'renewed' });
      await loseMemory();
      expect(await renew(store, held, { expiresAtMs: nowMs - 1 })).toMatchObject({ outcome: 'lost' });
    });

    it('a command can be taken in its last millisecond, and not in that of its end', async () => {
      const { queue, stopClock, pass } = world();
      await stopClock();
      const [first, second] = [await queue.send(1, COMMAND, 100), await queue.send(1, COMMAND, 100)];
      await pass(99);
      expect(await queue.take(1, first, 'a1')).toBe('mine');
      await pass(1);
      expect(await queue.take(1, second, 'a1')).toBe('gone');
    });
  });

  describe('a clock that was set back', () => {
    afterEach(() => world().shiftClock(0));

    it('has nobody wait for a holder that was revoked as dead before', async () => {
      const { store, shiftClock } = world();
      await claimed(store, 'a1');
      await store.revoke(revokeRequest({ holderIsDead: true }));
      shiftClock(-HOUR_MS);
      expect(await store.claim(claimRequest('b1'))).toMatchObject({ outcome: 'claimed' });
    });
  });
}
