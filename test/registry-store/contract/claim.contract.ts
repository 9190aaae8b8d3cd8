import { claimed, claimRequest, event, releaseRequest, revokeRequest, statusOf, TTL_MS } from './requests';
import type { WorldOf } from './store-world';

export function claimContract(world: WorldOf): void {
  describe('claim', () => {
    it('takes a free exchange and publishes the status with the token as its last field', async () => {
      const { store, statusText, statusTtlMs } = world();
      const { fencingToken, predecessor } = await claimed(store, 'a1');
      const text = await statusText();
      expect(predecessor).toBeNull();
      expect(JSON.parse(text ?? '')).toEqual(statusOf('a1', { fencingToken }));
      expect(text).toMatch(new RegExp(`"fencingToken":${fencingToken}}$`));
      expect(await statusTtlMs()).toBeGreaterThan(TTL_MS - 10_000);
      expect(await statusTtlMs()).toBeLessThanOrEqual(TTL_MS);
    });

    it('is refused while another holds, and names the holder', async () => {
      const { store } = world();
      await claimed(store, 'a1');
      const outcome = await store.claim(claimRequest('b1'));
      expect(outcome).toMatchObject({
        outcome: 'refused',
        reading: { kind: 'status', status: { instanceId: 'a', claimId: 'a1', hostname: 'trading-1' } },
      });
    });

    it('is one claim with one token however often it is sent', async () => {
      const { store, statusText } = world();
      const first = await claimed(store, 'a1', { events: [event('a1', 1, 'claimed')] });
      const text = await statusText();
      const again = await claimed(store, 'a1', { events: [event('a1', 1, 'claimed')] });
      expect(again).toMatchObject({ fencingToken: first.fencingToken, loggedSeq: 1 });
      expect(await statusText()).toBe(text);
    });

    it('does not come back to life when a copy arrives after its release', async () => {
      const { store, statusText } = world();
      const held = await claimed(store, 'a1');
      await store.release(releaseRequest(held));
      expect(await store.claim(claimRequest('a1'))).toMatchObject({ outcome: 'unknown' });
      expect(await statusText()).toBeNull();
    });

    it.each([
      { how: 'released', end: 'released' },
      { how: 'forgotten by its holder until it expired', end: 'expired' },
      { how: 'revoked', end: 'revoked' },
    ])('names the predecessor when it was $how', async ({ end }) => {
      const { store, dropStatus } = world();
      const first = await claimed(store, 'a1');
      if (end === 'released') await store.release(releaseRequest(first));
      if (end === 'expired') await dropStatus();
      if (end === 'revoked') await store.revoke(revokeRequest({ holderIsDead: true }));
      const { predecessor, fencingToken } = await claimed(store, 'b1');
      expect(predecessor).toMatchObject({ instanceId: 'a', ended: end });
      expect(fencingToken).toBeGreaterThan(predecessor?.fencingToken ?? Infinity);
    });

    it('puts token and predecessor onto its event', async () => {
      const { store, log } = world();
      const first = await claimed(store, 'a1');
      await store.release(releaseRequest(first));
      const second = await claimed(store, 'b1', { events: [event('b1', 1, 'claimed')] });
      const { entries } = await log.page(1, { count: 1, cursor: null });
      expect(entries[0]).toMatchObject({
        type: 'claimed',
        fencingToken: second.fencingToken,
        predecessor: { instanceId: 'a', claimId: 'a1', fencingToken: first.fencingToken, ended: 'released' },
      });
    });

    it('takes an exchange whose holder has expired', async () => {
      const { store, pass } = world();
      await claimed(store, 'a1', { ttlMs: 100 });
      await pass(110);
      expect(await claimed(store, 'b1')).toMatchObject({ predecessor: { ended: 'expired' } });
    });

    it('replaces exactly the dead holder it names', async () => {
      const { store } = world();
      await claimed(store, 'a1');
      const other = claimRequest('b1', { replaceDeadClaimId: 'a0' });
      expect(await store.claim(other)).toMatchObject({ outcome: 'refused' });
      const { predecessor } = await claimed(store, 'b1', { replaceDeadClaimId: 'a1' });
      expect(predecessor).toMatchObject({ instanceId: 'a', claimId: 'a1', ended: 'dead' });
    });

    it('replaces an earlier claim of the same instance, and does not call it dead', async () => {
      const { store } = world();
      await claimed(store, 'a1');
      const { predecessor } = await claimed(store, 'a2', { replaceDeadClaimId: 'a1' });
      expect(predecessor).toMatchObject({ instanceId: 'a', claimId: 'a1', ended: 'expired' });
    });

    it('I2: hands out greater tokens, also after the store lost its memory', async () => {
      const { store, loseMemory, pass } = world();
      const first = await claimed(store, 'a1');
      await store.release(releaseRequest(first));
      const second = await claimed(store, 'b1');
      await loseMemory();
      await pass(1);
      const third = await claimed(store, 'c1');
      expect(second.fencingToken).toBeGreaterThan(first.fencingToken);
      expect(third.fencingToken).toBeGreaterThan(second.fencingToken);
    });

    it.each([
      { what: 'garbage', put: 'not json' },
      { what: 'JSON of another form', put: '[1,2]' },
      { what: 'a megabyte', put: 'x'.repeat(1_000_000) },
      { what: 'JSON nested deeply', put: '['.repeat(20_000) },
      { what: 'a text of no length', put: '' },
      { what: 'a holder without TTL', put: JSON.stringify(statusOf('z1')) },
    ])('reports $what without TTL as poisoned, and lets it disappear', async ({ put }) => {
      const { store, putStatus, statusTtlMs } = world();
      await putStatus(put, null);
      const outcome = await store.claim(claimRequest('a1'));
      expect(outcome).toMatchObject({ outcome: 'poisoned', expiresInMs: TTL_MS });
      expect(JSON.stringify(outcome).length).toBeLessThan(2_000);
      expect(await statusTtlMs()).toBeLessThanOrEqual(TTL_MS);
      expect(await store.claim(claimRequest('a1'))).toMatchObject({ outcome: 'refused' });
    });

    it('waits no longer than one TTL for garbage that would stay longer', async () => {
      const { store, putStatus, statusTtlMs } = world();
      await putStatus('nonsense', 10 * TTL_MS);
      expect(await store.claim(claimRequest('a1'))).toMatchObject({ outcome: 'refused' });
      expect(await statusTtlMs()).toBeLessThanOrEqual(TTL_MS);
    });

    it('does not push the end of a poisoned key away by asking again', async () => {
      const { store, putOtherType, statusTtlMs } = world();
      await putOtherType(null);
      expect(await store.claim(claimRequest('a1', { ttlMs: 5_000 }))).toMatchObject({ outcome: 'poisoned' });
      const again = await store.claim(claimRequest('a1', { ttlMs: 5_000 }));
      expect(again).toMatchObject({ outcome: 'poisoned', reading: { kind: 'garbage' } });
      await store.claim(claimRequest('a1', { ttlMs: TTL_MS }));
      expect(await statusTtlMs()).toBeLessThanOrEqual(5_000);
    });

    it('names the holder of a future schema as far as it is understood', async () => {
      const { store, putStatus, statusText } = world();
      const future =
        '{"schemaVersion":9,"instanceId":"f","claimId":"f1","limits":[],"big":1e300,"id":12345678901234567890}';
      await putStatus(future, TTL_MS);
      expect(await store.claim(claimRequest('a1'))).toMatchObject({
        outcome: 'refused',
        reading: { kind: 'partial', holder: { instanceId: 'f' } },
      });
      expect(await statusText()).toBe(future);
    });
  });

  describe('claim behind a fence of an outsider', () => {
    it.each([
      { ended: 'revoked', untilMs: 99_999_999_999_999, reason: 'revoked' },
      { ended: 'revoked', untilMs: 9_999_999_999_999_998, reason: 'revoked' },
      { ended: 'waiting', untilMs: 99_999_999_999_999, reason: 'empty-store' },
      { ended: 'released', untilMs: 9_999_999_999_999_998, reason: 'empty-store' },
    ] as const)('waits one TTL, not until $untilMs ($ended)', async ({ ended, untilMs, reason }) => {
      const { store, putFence, pass } = world();
      await putFence({ ended, untilMs });
      const request = claimRequest('a1', { ttlMs: 200, emptyStoreGrace: true });
      expect(await store.claim(request)).toEqual({ outcome: 'deferred', reason, retryAfterMs: 200 });
      await pass(210);
      expect(await store.claim(request)).toMatchObject({ outcome: 'claimed' });
    });

    it('waits one TTL for a revocation of the future: the clock of the store was set back', async () => {
      const { store, putFence, nowMs, pass } = world();
      const laterMs = (await nowMs()) + 3_600_000;
      await putFence({ ended: 'revoked', untilMs: laterMs + 5_000, fencingToken: laterMs * 1_000 });
      const request = claimRequest('a1', { ttlMs: 200 });
      expect(await store.claim(request)).toEqual({
        outcome: 'deferred',
        reason: 'revoked',
        retryAfterMs: 200,
      });
      await pass(210);
      expect(await store.claim(request)).toMatchObject({ outcome: 'claimed' });
    });

    it('waits out a revoked holder whose TTL was longer than its own', async () => {
      const { store } = world();
      await claimed(store, 'a1', { ttlMs: TTL_MS });
      await store.revoke(revokeRequest());
      const outcome = await store.claim(claimRequest('b1', { ttlMs: 200 }));
      if (outcome.outcome !== 'deferred') throw new Error(`not deferred but ${outcome.outcome}`);
      expect(outcome.retryAfterMs).toBeGreaterThan(TTL_MS - 10_000);
    });
  });
}
