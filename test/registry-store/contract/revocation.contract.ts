/** What a revocation leaves behind: whom it names, which token it raises, and how long claims wait. */
import { claimed, event, releaseRequest, revokeRequest, TTL_MS } from './requests';
import type { WorldOf } from './store-world';

export function revocationContract(world: WorldOf): void {
  describe('a revocation', () => {
    const events = [event('o1', 1, 'revoked')];

    it.each([
      { what: 'garbage over a claim', text: 'nonsense', instanceId: 'a', claimId: 'a1' },
      { what: 'a program without claims', text: '{"instanceId":"x"}', instanceId: 'x', claimId: '-' },
    ])('of $what names whom it knows of', async ({ text, instanceId, claimId }) => {
      const { store, log, putStatus } = world();
      const held = await claimed(store, 'a1');
      await putStatus(text, TTL_MS);
      await store.revoke(revokeRequest({ events }));
      const fencingToken = claimId === 'a1' ? held.fencingToken : 0;
      const { entries } = await log.page(1, { count: 1, cursor: null });
      expect(entries[0]?.predecessor).toEqual({ instanceId, claimId, fencingToken, ended: 'revoked' });
    });

    it('of garbage, where nobody has ever claimed, names nobody', async () => {
      const { store, log, putStatus } = world();
      await putStatus('nonsense', TTL_MS);
      await store.revoke(revokeRequest({ events, holderIsDead: true }));
      const { entries } = await log.page(1, { count: 1, cursor: null });
      const nobody = { instanceId: '-', claimId: '-', ended: 'revoked' };
      expect(entries[0]?.predecessor).toEqual({ ...nobody, fencingToken: 0 });
      expect(await claimed(store, 'b1')).toMatchObject({ predecessor: nobody });
    });

    it.each([
      { name: 'x'.repeat(128), isKept: true },
      { name: 'x'.repeat(129), isKept: false },
      { name: 'x y', isKept: false },
      { name: ' x', isKept: false },
      { name: 'x ', isKept: false },
    ])('of "$name" keeps the name: $isKept', async ({ name, isKept }) => {
      const { store, putStatus } = world();
      await putStatus(`{"instanceId":"${name}","claimId":"x1","fencingToken":5}`, TTL_MS);
      await store.revoke(revokeRequest({ holderIsDead: true }));
      const { predecessor } = await claimed(store, 'b1');
      expect(predecessor?.instanceId).toBe(isKept ? name : '-');
    });

    it.each([
      { where: 'in the status', status: 8_000_000_000_000_000, fence: 5 },
      { where: 'in the fence', status: 5, fence: 8_000_000_000_000_000 },
    ])('raises the fence above the token $where', async ({ status, fence }) => {
      const { store, putStatus, putFence } = world();
      await putFence({ ended: 'released', untilMs: 0, fencingToken: fence });
      await putStatus(`{"instanceId":"z","claimId":"z1","fencingToken":${status}}`, TTL_MS);
      await store.revoke(revokeRequest({ fencingToken: status }));
      expect(await store.read([1])).toMatchObject([{ holder: null, fencingToken: 8_000_000_000_000_001 }]);
    });

    it('of garbage over a claim that was given back is of the token that everybody sees', async () => {
      const { store, putStatus } = world();
      const claim = await claimed(store, 'a1');
      await store.release(releaseRequest(claim));
      await putStatus('nonsense', TTL_MS);
      const [shown] = await store.read([1]);
      expect(shown).toMatchObject({ fencingToken: claim.fencingToken });
      const { fencingToken } = claim;
      expect(await store.revoke(revokeRequest({ fencingToken: fencingToken + 1 }))).toMatchObject({
        outcome: 'token-mismatch',
        fencingToken,
      });
      expect(await store.revoke(revokeRequest({ fencingToken }))).toMatchObject({ outcome: 'revoked' });
    });

    it('of garbage over a holder is of the token that the fence tells', async () => {
      const { store, putStatus } = world();
      const { fencingToken } = await claimed(store, 'a1');
      await putStatus('nonsense', TTL_MS);
      expect(await store.revoke(revokeRequest({ fencingToken: fencingToken + 1 }))).toMatchObject({
        outcome: 'token-mismatch',
        fencingToken,
      });
      expect(await store.revoke(revokeRequest({ fencingToken }))).toMatchObject({ outcome: 'revoked' });
    });

    it('of garbage where nobody has ever claimed is of no token', async () => {
      const { store, putStatus } = world();
      await putStatus('nonsense', TTL_MS);
      expect(await store.revoke(revokeRequest({ fencingToken: 5 }))).toMatchObject({
        outcome: 'token-mismatch',
        fencingToken: null,
      });
    });

    it('keeps what is left of a wait, not more', async () => {
      const { store, nowMs, putFence, putStatus } = world();
      await putFence({ ended: 'waiting', untilMs: (await nowMs()) + 5_000 });
      await putStatus('nonsense', null);
      const outcome = await store.revoke(revokeRequest({ holderIsDead: true, emptyStoreGrace: true }));
      if (outcome.outcome !== 'revoked') throw new Error(`not revoked but ${outcome.outcome}`);
      expect(outcome.claimableInMs).toBeLessThanOrEqual(5_000);
      expect(outcome.claimableInMs).toBeGreaterThan(0);
    });
  });
}
