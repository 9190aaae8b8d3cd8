import {
  claimed,
  claimRequest,
  event,
  refOf,
  releaseRequest,
  renew,
  revokeRequest,
  TTL_MS,
} from './requests';
import type { WorldOf } from './store-world';

export function revokeAndFenceContract(world: WorldOf): void {
  describe('revoke', () => {
    it('takes the exchange away and makes the next claim wait out the old holder', async () => {
      const { store, statusText, log } = world();
      const held = await claimed(store, 'a1');
      const outcome = await store.revoke(
        revokeRequest({ fencingToken: held.fencingToken, events: [event('o1', 1, 'revoked')] }),
      );
      expect(outcome).toMatchObject({
        outcome: 'revoked',
        holder: { reading: { kind: 'status' } },
        loggedSeq: 1,
      });
      if (outcome.outcome === 'revoked') expect(outcome.claimableInMs).toBeGreaterThan(TTL_MS - 10_000);
      expect(await statusText()).toBeNull();
      expect(await store.claim(claimRequest('b1'))).toMatchObject({ outcome: 'deferred', reason: 'revoked' });
      expect((await log.page(1, { count: 1, cursor: null })).entries[0]).toMatchObject({
        type: 'revoked',
        predecessor: { instanceId: 'a', claimId: 'a1', fencingToken: held.fencingToken, ended: 'revoked' },
      });
    });

    it('lets the next claim in when the deadline of the old holder has passed', async () => {
      const { store, pass } = world();
      await claimed(store, 'a1', { ttlMs: 150 });
      await store.revoke(revokeRequest());
      expect(await store.claim(claimRequest('b1'))).toMatchObject({ outcome: 'deferred' });
      await pass(160);
      expect(await store.claim(claimRequest('b1'))).toMatchObject({ outcome: 'claimed' });
    });

    it('lets the next claim in at once when the holder is known to be dead', async () => {
      const { store } = world();
      await claimed(store, 'a1');
      const outcome = await store.revoke(revokeRequest({ holderIsDead: true }));
      expect(outcome).toMatchObject({ outcome: 'revoked', claimableInMs: 0 });
      expect(await store.claim(claimRequest('b1'))).toMatchObject({ outcome: 'claimed' });
    });

    it('does not let a late release shorten the wait', async () => {
      const { store } = world();
      const held = await claimed(store, 'a1');
      await store.revoke(revokeRequest());
      expect(await store.release(releaseRequest(held))).toMatchObject({ outcome: 'not-held' });
      expect(await store.claim(claimRequest('b1'))).toMatchObject({ outcome: 'deferred' });
    });

    it('is refused when another token holds than the operator saw', async () => {
      const { store, statusText } = world();
      const held = await claimed(store, 'a1');
      const outcome = await store.revoke(revokeRequest({ fencingToken: held.fencingToken - 1 }));
      expect(outcome).toMatchObject({ outcome: 'token-mismatch', fencingToken: held.fencingToken });
      expect(await statusText()).not.toBeNull();
    });

    it('finds nobody to take it from', async () => {
      expect(await world().store.revoke(revokeRequest())).toEqual({ outcome: 'not-held' });
    });

    it('sent again does not hit the next holder', async () => {
      const { store } = world();
      await claimed(store, 'a1');
      const request = revokeRequest({ holderIsDead: true, events: [event('o1', 1, 'revoked')] });
      await store.revoke(request);
      await claimed(store, 'b1');
      expect(await store.revoke(request)).toMatchObject({ outcome: 'token-mismatch' });
      expect((await store.read([1]))[0]).toMatchObject({
        holder: { reading: { status: { claimId: 'b1' } } },
      });
    });

    it.each([
      { what: 'garbage', text: 'nonsense', ttlMs: 864_000_000, atMostMs: TTL_MS },
      { what: 'a program without claims', text: '{"instanceId":"x"}', ttlMs: 864_000_000, atMostMs: TTL_MS },
      {
        what: 'a claim',
        text: '{"instanceId":"x","claimId":"x1","fencingToken":7}',
        ttlMs: 864_000_000,
        atMostMs: 86_400_000,
      },
    ])('of $what with a TTL of ten days has nobody wait that long', async ({ text, ttlMs, atMostMs }) => {
      const { store, putStatus } = world();
      await putStatus(text, ttlMs);
      expect(await store.revoke(revokeRequest())).toMatchObject({
        outcome: 'revoked',
        claimableInMs: atMostMs,
      });
      const outcome = await store.claim(claimRequest('a1', { ttlMs: 200 }));
      if (outcome.outcome !== 'deferred') throw new Error(`not deferred but ${outcome.outcome}`);
      expect(outcome.retryAfterMs).toBeLessThanOrEqual(atMostMs);
    });

    it('waits out the holder that garbage has overwritten, which may have been renewed a moment ago', async () => {
      const { store, putStatus } = world();
      await claimed(store, 'a1', { ttlMs: 600_000 });
      await putStatus('nonsense', 5_000);
      const outcome = await store.revoke(revokeRequest({ ttlMs: 600_000 }));
      expect(outcome).toMatchObject({ outcome: 'revoked', claimableInMs: 600_000 });
    });

    it('does not cut the grace of a store short that may have forgotten a later holder', async () => {
      const { store, changeIdentity } = world();
      await claimed(store, 'a1');
      await changeIdentity();
      await store.revoke(revokeRequest({ holderIsDead: true, emptyStoreGrace: true }));
      const request = claimRequest('b1', { emptyStoreGrace: true });
      expect(await store.claim(request)).toMatchObject({ outcome: 'deferred', reason: 'empty-store' });
      const outcome = await store.claim(request);
      if (outcome.outcome !== 'deferred') throw new Error(`not deferred but ${outcome.outcome}`);
      expect(outcome.retryAfterMs).toBeGreaterThan(TTL_MS - 10_000);
    });

    it('leaves claims waiting that already wait because the store may have forgotten a holder', async () => {
      const { store, nowMs, putFence, putStatus } = world();
      await putFence({ ended: 'waiting', untilMs: (await nowMs()) + TTL_MS });
      await putStatus('nonsense', null);
      const outcome = await store.revoke(revokeRequest({ holderIsDead: true, emptyStoreGrace: true }));
      if (outcome.outcome !== 'revoked') throw new Error(`not revoked but ${outcome.outcome}`);
      expect(outcome.claimableInMs).toBeGreaterThan(TTL_MS - 10_000);
      expect(await store.claim(claimRequest('b1'))).toMatchObject({ outcome: 'deferred', reason: 'revoked' });
    });

    it('has nobody wait where the store is trusted, whatever the renewals of a holder have noted', async () => {
      const { store, changeIdentity } = world();
      const held = await claimed(store, 'a1');
      await changeIdentity();
      expect(await renew(store, held)).toMatchObject({ outcome: 'renewed' });
      const outcome = await store.revoke(revokeRequest({ holderIsDead: true }));
      expect(outcome).toMatchObject({ outcome: 'revoked', claimableInMs: 0 });
      expect(await store.claim(claimRequest('b1'))).toMatchObject({ outcome: 'claimed' });
    });

    it('of what lies in an empty store does not end the wait for whom it has forgotten', async () => {
      const { store, loseMemory, putStatus } = world();
      // Longer than any Redis of a test lives: it is young.
      const ttlMs = 600_000;
      await loseMemory();
      await putStatus('nonsense', TTL_MS);
      const outcome = await store.revoke(revokeRequest({ holderIsDead: true, emptyStoreGrace: true, ttlMs }));
      if (outcome.outcome !== 'revoked') throw new Error(`not revoked but ${outcome.outcome}`);
      expect(outcome.claimableInMs).toBeGreaterThan(0);
      expect(outcome.claimableInMs).toBeLessThanOrEqual(ttlMs + 1_000);
      const careful = { emptyStoreGrace: true, ttlMs };
      expect(await store.claim(claimRequest('b1', careful))).toMatchObject({ outcome: 'deferred' });
    });

    it('keeps no wait for the holder of an earlier one, which is known to be dead by then', async () => {
      const { store, putStatus } = world();
      await claimed(store, 'a1');
      await store.revoke(revokeRequest());
      await putStatus('nonsense', TTL_MS);
      const outcome = await store.revoke(revokeRequest({ holderIsDead: true, emptyStoreGrace: true }));
      expect(outcome).toMatchObject({ outcome: 'revoked', claimableInMs: 0 });
    });

    it('does not let a wait that an outsider wrote last longer than one TTL', async () => {
      const { store, nowMs, putFence, putStatus } = world();
      await putFence({ ended: 'waiting', untilMs: (await nowMs()) + 864_000_000 });
      await putStatus('nonsense', null);
      const outcome = await store.revoke(revokeRequest({ holderIsDead: true, emptyStoreGrace: true }));
      expect(outcome).toMatchObject({ outcome: 'revoked', claimableInMs: TTL_MS });
    });

    it('tells a holder that it was revoked, also after the store has changed its identity', async () => {
      const { store, changeIdentity } = world();
      const held = await claimed(store, 'a1');
      await store.revoke(revokeRequest({ holderIsDead: true }));
      await changeIdentity();
      const outcome = await store.claim(claimRequest('b1', { emptyStoreGrace: true }));
      expect(outcome).toMatchObject({ outcome: 'deferred' });
      expect(await renew(store, held)).toMatchObject({ outcome: 'lost', cause: 'revoked' });
    });

    it('clears away what is no status at all', async () => {
      const { store, putOtherType, statusText } = world();
      await putOtherType(null);
      expect(await store.revoke(revokeRequest())).toMatchObject({ outcome: 'revoked' });
      expect(await statusText()).toBeNull();
    });
  });

  describe('read', () => {
    it('shows nobody, then the holder, then what is left of it', async () => {
      const { store } = world();
      expect(await store.read([1])).toMatchObject([{ outcome: 'read', holder: null, fencingToken: null }]);
      const held = await claimed(store, 'a1');
      const { fencingToken } = held;
      expect(await store.read([1, 2])).toMatchObject([
        { holder: { reading: { kind: 'status', status: { claimId: 'a1' } } }, fencingToken },
        { holder: null, fencingToken: null },
      ]);
      await store.release(releaseRequest(held));
      expect(await store.read([1])).toMatchObject([{ holder: null, fencingToken }]);
    });

    it('shows 0 ms left of what never expires', async () => {
      const { store, putStatus } = world();
      await putStatus('nonsense', null);
      expect(await store.read([1])).toMatchObject([{ holder: { expiresInMs: 0 } }]);
    });
  });

  describe('a fenced write', () => {
    const commands = [{ name: 'ZADD' as const, key: 'candles', args: [1, 'one', 2, 'two'] }];

    it('passes for the newest claim, also when its key has just expired', async () => {
      const { store, writer, dropStatus } = world();
      const held = await claimed(store, 'a1');
      await dropStatus();
      expect(await writer.write(refOf(held), commands)).toEqual({ outcome: 'written' });
      expect(await writer.readNewest(1, 'candles', 1)).toEqual([{ score: 2, member: 'two' }]);
    });

    it.each(['a successor', 'a release', 'a revocation'])('is refused after %s', async (what) => {
      const { store, writer, dropStatus } = world();
      const held = await claimed(store, 'a1');
      if (what === 'a release') await store.release(releaseRequest(held));
      if (what === 'a revocation') await store.revoke(revokeRequest());
      if (what === 'a successor') {
        await dropStatus();
        await claimed(store, 'b1');
      }
      expect(await writer.write(refOf(held), commands)).toMatchObject({ outcome: 'fenced-out' });
      expect(await writer.readNewest(1, 'candles', 9)).toEqual([]);
    });

    it('trims a series as Redis does', async () => {
      const { store, writer } = world();
      const held = refOf(await claimed(store, 'a1'));
      const points = [1, 2, 3, 4, 5, 6].flatMap((at) => [at, `p${at}`]);
      await writer.write(held, [
        { name: 'ZADD', key: 'candles', args: points },
        { name: 'ZREMRANGEBYSCORE', key: 'candles', args: ['-inf', '(2'] },
        { name: 'ZREMRANGEBYRANK', key: 'candles', args: [0, -4] },
      ]);
      const left = await writer.readNewest(1, 'candles', 9);
      expect(left.map(({ member }) => member)).toEqual(['p4', 'p5', 'p6']);
    });
  });
}
