import { claimed, claimRequest, releaseRequest, renew, revokeRequest, statusOf, TTL_MS } from './requests';
import type { WorldOf } from './store-world';

export function graceContract(world: WorldOf): void {
  describe('claim on a store that may have lost its memory', () => {
    const careful = { emptyStoreGrace: true };

    it('waits when the store is empty and young', async () => {
      const { store, loseMemory } = world();
      await loseMemory();
      const outcome = await store.claim(claimRequest('a1', careful));
      expect(outcome).toMatchObject({ outcome: 'deferred', reason: 'empty-store' });
    });

    it('does not wait when told that the store is known to be new', async () => {
      const { store, loseMemory } = world();
      await loseMemory();
      expect(await store.claim(claimRequest('a1'))).toMatchObject({ outcome: 'claimed' });
    });

    it('waits one TTL from the first sight of another store, then takes it', async () => {
      const { store, changeIdentity, dropStatus, pass } = world();
      await claimed(store, 'a1');
      await changeIdentity();
      await dropStatus();
      const request = claimRequest('b1', { ...careful, ttlMs: 200 });
      expect(await store.claim(request)).toEqual({
        outcome: 'deferred',
        reason: 'empty-store',
        retryAfterMs: 200,
      });
      expect(await store.claim(request)).toMatchObject({ outcome: 'deferred', reason: 'empty-store' });
      await pass(210);
      expect(await store.claim(request)).toMatchObject({
        outcome: 'claimed',
        predecessor: { ended: 'expired' },
      });
    });

    it.each(['b1', 'a2'])(
      'may have forgotten the successor of a holder known to be over, so %s does not replace it before that',
      async (claimId) => {
        const { store, changeIdentity, pass } = world();
        await claimed(store, 'a1', { ttlMs: 5_000 });
        await changeIdentity();
        const request = claimRequest(claimId, { ...careful, ttlMs: 200, replaceDeadClaimId: 'a1' });
        expect(await store.claim(request)).toMatchObject({ outcome: 'deferred', reason: 'empty-store' });
        await pass(210);
        expect(await store.claim(request)).toMatchObject({
          outcome: 'claimed',
          predecessor: { claimId: 'a1' },
        });
      },
    );

    it('does not let a released claim be renewed because others wait, and still says that it was released', async () => {
      const { store, changeIdentity, pass } = world();
      const held = await claimed(store, 'a1');
      await store.release(releaseRequest(held));
      await changeIdentity();
      const request = claimRequest('b1', { ...careful, ttlMs: 200 });
      expect(await store.claim(request)).toMatchObject({ outcome: 'deferred', reason: 'empty-store' });
      expect(await renew(store, held)).toMatchObject({ outcome: 'lost', cause: 'released' });
      await store.release(releaseRequest(held));
      expect(await store.claim(request)).toMatchObject({ outcome: 'deferred', reason: 'empty-store' });
      await pass(210);
      expect(await store.claim(request)).toMatchObject({
        outcome: 'claimed',
        predecessor: { ended: 'released' },
      });
    });

    it('lets the forgotten holder come back meanwhile', async () => {
      const { store, changeIdentity, dropStatus } = world();
      const held = await claimed(store, 'a1');
      await changeIdentity();
      await dropStatus();
      await store.claim(claimRequest('b1', careful));
      expect(await renew(store, held)).toMatchObject({ outcome: 'renewed', healed: true });
      expect(await store.claim(claimRequest('b1', careful))).toMatchObject({ outcome: 'refused' });
    });

    it.each([
      ['a restart', 'is gone'],
      ['a restart', 'was given back'],
      ['a loss of all data', 'was given back'],
      ['a loss of all data', 'is an earlier one of the claimant'],
      ['a loss of all data', 'was revoked as dead'],
      ['a loss of all data', 'was given back, and what lay there then revoked as dead'],
      ['a loss of all data', 'was claimed once more, and given back'],
    ])(
      'a later one may be forgotten, so it waits: after %s a claim was renewed, and %s',
      async (loss, end) => {
        const { store, changeIdentity, loseMemory, dropStatus, dropFence, putStatus } = world();
        // Longer than any Redis of a test lives: it is young.
        const ttlMs = 600_000;
        const held = await claimed(store, 'a1', { ttlMs });
        await (loss === 'a restart' ? changeIdentity() : loseMemory());
        for (const revision of [2, 3]) {
          const status = statusOf('a1', { fencingToken: held.fencingToken, revision });
          expect(await renew(store, held, { status, ttlMs })).toMatchObject({ outcome: 'renewed' });
        }
        if (end === 'is gone') await dropStatus();
        if (end === 'was claimed once more, and given back') {
          await dropFence();
          await claimed(store, 'a1', { ttlMs });
        }
        if (end.includes('given back')) await store.release(releaseRequest(held));
        if (end.includes('what lay there')) await putStatus('nonsense', TTL_MS);
        if (end.endsWith('revoked as dead'))
          await store.revoke(revokeRequest({ holderIsDead: true, emptyStoreGrace: true, ttlMs }));
        const replaceDeadClaimId = end === 'is an earlier one of the claimant' ? 'a1' : null;
        expect(
          await store.claim(claimRequest('a2', { ...careful, replaceDeadClaimId, ttlMs })),
        ).toMatchObject({
          outcome: 'deferred',
        });
      },
    );
  });
}
