/** Whose a claim is, and what it leaves: the places where one comparison more or less would let a stranger in. */
import {
  claimed,
  claimRequest,
  refOf,
  releaseRequest,
  renew,
  revokeRequest,
  statusOf,
  TTL_MS,
  writeRequest,
} from './requests';
import type { WorldOf } from './store-world';

export function samenessContract(world: WorldOf): void {
  describe('a claim that is sent again', () => {
    it('does not push its own end away', async () => {
      const { store, statusTtlMs } = world();
      await claimed(store, 'a1', { ttlMs: 5_000 });
      await claimed(store, 'a1');
      expect(await statusTtlMs()).toBeLessThanOrEqual(5_000);
    });

    it('gives a TTL to a key that an outsider has stripped of it', async () => {
      const { store, statusText, putStatus, statusTtlMs } = world();
      await claimed(store, 'a1');
      await putStatus((await statusText()) ?? '', null);
      await claimed(store, 'a1', { ttlMs: 5_000 });
      expect(await statusTtlMs()).toBeLessThanOrEqual(5_000);
    });

    it('has the token of the fence where the key does not tell', async () => {
      const { store, putStatus } = world();
      const { fencingToken } = await claimed(store, 'a1');
      await putStatus('{"instanceId":"a","claimId":"a1"}', TTL_MS);
      expect(await claimed(store, 'a1')).toMatchObject({ fencingToken });
    });

    it('has no token where nothing tells it', async () => {
      const { store, putStatus } = world();
      await putStatus('{"instanceId":"a","claimId":"a1"}', TTL_MS);
      expect(await claimed(store, 'a1')).toMatchObject({ fencingToken: 0 });
    });

    it('puts a fence back that is gone, and corrects one that is not its own', async () => {
      const { store, writer, dropFence, putFence } = world();
      const held = await claimed(store, 'a1');
      await dropFence();
      expect(await claimed(store, 'a1')).toMatchObject({ fencingToken: held.fencingToken });
      expect(await writer.write(refOf(held), [])).toEqual({ outcome: 'written' });
      await putFence({ ended: 'waiting', untilMs: 0, fencingToken: held.fencingToken });
      await claimed(store, 'a1');
      expect(await writer.write(refOf(held), [])).toEqual({ outcome: 'written' });
    });

    it('leaves a fence alone that is ahead of it', async () => {
      const { store, putFence } = world();
      const held = await claimed(store, 'a1');
      await putFence({ ended: 'waiting', untilMs: 0, fencingToken: held.fencingToken + 5 });
      await claimed(store, 'a1');
      expect(await store.read([1])).toMatchObject([{ fencingToken: held.fencingToken + 5 }]);
    });

    it('after its key has expired is granted anew, with a new token', async () => {
      const { store, dropStatus } = world();
      const first = await claimed(store, 'a1');
      await dropStatus();
      const second = await claimed(store, 'a1');
      expect(second.predecessor).toMatchObject({ claimId: 'a1', ended: 'expired' });
      expect(second.fencingToken).toBeGreaterThan(first.fencingToken);
    });
  });

  describe('a claim that is refused', () => {
    it('leaves the TTL of a holder alone that is longer than its own', async () => {
      const { store, statusTtlMs } = world();
      await claimed(store, 'a1');
      expect(await store.claim(claimRequest('b1', { ttlMs: 200 }))).toMatchObject({ outcome: 'refused' });
      expect(await statusTtlMs()).toBeGreaterThan(TTL_MS - 10_000);
    });

    it.each([null, 'x1'])(
      'is not let in by a program without claims, whatever it replaces (%s)',
      async (dead) => {
        const { store, putStatus } = world();
        await putStatus('{"instanceId":"x"}', TTL_MS);
        const request = claimRequest('b1', { replaceDeadClaimId: dead });
        expect(await store.claim(request)).toMatchObject({
          outcome: 'refused',
          reading: { kind: 'partial' },
        });
        await putStatus('nonsense', TTL_MS);
        expect(await store.claim(request)).toMatchObject({
          outcome: 'refused',
          reading: { kind: 'garbage' },
        });
      },
    );

    it('is told what type of value is in its way, for as long as that stays', async () => {
      const { store, putOtherType, statusTtlMs } = world();
      await putOtherType(5_000);
      expect(await store.claim(claimRequest('b1'))).toMatchObject({
        outcome: 'poisoned',
        reading: { kind: 'garbage', problem: 'a value of type list, not a string' },
      });
      expect(await statusTtlMs()).toBeLessThanOrEqual(5_000);
    });
  });

  describe('a claim in the place of a dead holder', () => {
    it('is what the key says from then on, for one TTL, and what the fence says', async () => {
      const { store, writer, statusText, statusTtlMs } = world();
      await claimed(store, 'a1', { ttlMs: 5_000 });
      const held = await claimed(store, 'b1', { replaceDeadClaimId: 'a1' });
      expect(JSON.parse((await statusText()) ?? '')).toEqual(
        statusOf('b1', { fencingToken: held.fencingToken }),
      );
      expect(await statusTtlMs()).toBeGreaterThan(5_000);
      expect(await statusTtlMs()).toBeLessThanOrEqual(TTL_MS);
      expect(await writer.write(refOf(held), [])).toEqual({ outcome: 'written' });
    });

    it('names the token of the fence where the holder had none', async () => {
      const { store, putStatus } = world();
      const { fencingToken } = await claimed(store, 'a1');
      await putStatus('{"instanceId":"a","claimId":"a1"}', TTL_MS);
      const { predecessor } = await claimed(store, 'b1', { replaceDeadClaimId: 'a1' });
      expect(predecessor).toEqual({ instanceId: 'a', claimId: 'a1', fencingToken, ended: 'dead' });
    });

    it('names no token where nothing tells it', async () => {
      const { store, putStatus } = world();
      await putStatus('{"instanceId":"a","claimId":"a1"}', TTL_MS);
      const { predecessor } = await claimed(store, 'b1', { replaceDeadClaimId: 'a1' });
      expect(predecessor).toEqual({ instanceId: 'a', claimId: 'a1', fencingToken: 0, ended: 'dead' });
    });

    it.each([
      { what: 'the holder', status: 8_000_000_000_000_000, fence: 5 },
      { what: 'the fence', status: 5, fence: 8_000_000_000_000_000 },
    ])('has a greater token than $what had', async ({ status, fence }) => {
      const { store, putStatus, putFence } = world();
      await putFence({ ended: 'released', untilMs: 0, fencingToken: fence });
      await putStatus(`{"instanceId":"z","claimId":"z1","fencingToken":${status}}`, TTL_MS);
      const { predecessor, fencingToken } = await claimed(store, 'b1', { replaceDeadClaimId: 'z1' });
      expect(predecessor).toMatchObject({ claimId: 'z1', fencingToken: status });
      expect(fencingToken).toBe(8_000_000_000_000_001);
    });
  });

  describe('a claim that has to wait', () => {
    it('waits no longer than one TTL for what is only said to wait', async () => {
      const { store, nowMs, putFence } = world();
      await putFence({ ended: 'waiting', untilMs: (await nowMs()) + 3_600_000 });
      const request = claimRequest('a1', { ttlMs: 5_000, emptyStoreGrace: true });
      expect(await store.claim(request)).toMatchObject({ outcome: 'deferred', retryAfterMs: 5_000 });
      expect(await store.claim(request)).toMatchObject({ outcome: 'deferred', reason: 'empty-store' });
    });

    it('goes on waiting when an outsider puts garbage there and an operator takes that away', async () => {
      const { store, changeIdentity, dropStatus, putStatus } = world();
      await claimed(store, 'a1');
      await changeIdentity();
      await dropStatus();
      await store.claim(claimRequest('b1', { emptyStoreGrace: true }));
      await putStatus('nonsense', null);
      const outcome = await store.revoke(revokeRequest({ holderIsDead: true, emptyStoreGrace: true }));
      if (outcome.outcome !== 'revoked') throw new Error(`not revoked but ${outcome.outcome}`);
      expect(outcome.claimableInMs).toBeGreaterThan(TTL_MS - 10_000);
    });
  });

  describe('a holder beside a fence that is not its own', () => {
    it.each([
      { fence: 'ahead, revoked', ended: 'revoked', ahead: 1, cause: 'revoked' },
      { fence: 'ahead, waiting', ended: 'waiting', ahead: 1, cause: 'claimed-by-other' },
      { fence: 'level, another claim', ended: 'waiting', ahead: 0, cause: 'claimed-by-other' },
    ] as const)('is lost ($cause) when that is $fence, and names nobody', async ({ ended, ahead, cause }) => {
      const { store, putFence } = world();
      const held = await claimed(store, 'a1');
      await putFence({ ended, untilMs: 0, fencingToken: held.fencingToken + ahead });
      expect(await renew(store, held)).toMatchObject({ outcome: 'lost', cause, holder: null });
      expect(await store.write(writeRequest(held))).toMatchObject({ outcome: 'lost', cause });
    });

    it('goes on when that is behind it', async () => {
      const { store, writer, putFence } = world();
      const held = await claimed(store, 'a1');
      await putFence({ ended: 'waiting', untilMs: 0 });
      expect(await renew(store, held)).toMatchObject({ outcome: 'renewed', healed: false });
      expect(await writer.write(refOf(held), [])).toEqual({ outcome: 'written' });
    });

    it('has expired when its key is gone, and that is behind it', async () => {
      const { store, putFence, dropStatus } = world();
      const held = await claimed(store, 'a1');
      await dropStatus();
      await putFence({ ended: 'waiting', untilMs: 0 });
      expect(await renew(store, held)).toMatchObject({ outcome: 'lost', cause: 'expired', holder: null });
    });

    it('whose claim is in the fence as released is lost although its key is there', async () => {
      const { store, statusText, putStatus } = world();
      const held = await claimed(store, 'a1');
      const text = (await statusText()) ?? '';
      await store.release(releaseRequest(held));
      await putStatus(text, TTL_MS);
      expect(await renew(store, held)).toMatchObject({ outcome: 'lost', cause: 'released', holder: null });
    });
  });

  describe('a renewal after its time', () => {
    it.each([
      { where: 'its key is there', drop: [] },
      { where: 'its fence is there', drop: ['status'] },
      { where: 'its key is there, without a fence', drop: ['fence'] },
    ])('counts where $where', async ({ drop }) => {
      const { store, nowMs, dropStatus, dropFence } = world();
      const held = await claimed(store, 'a1');
      if (drop.includes('status')) await dropStatus();
      if (drop.includes('fence')) await dropFence();
      const outcome = await renew(store, held, { expiresAtMs: (await nowMs()) - 1 });
      expect(outcome).toMatchObject({ outcome: 'renewed', healed: drop.includes('status') });
    });

    it('that was overtaken by a later write pushes the expiry all the same', async () => {
      const { store, statusTtlMs } = world();
      const held = await claimed(store, 'a1', { ttlMs: 5_000 });
      await store.write(writeRequest(held));
      expect(await renew(store, held)).toMatchObject({ outcome: 'renewed' });
      expect(await statusTtlMs()).toBeGreaterThan(5_000);
    });

    it('ends the wait of others that was for its own claim', async () => {
      const { store, writer, changeIdentity, dropStatus } = world();
      const held = await claimed(store, 'a1');
      await changeIdentity();
      await dropStatus();
      await store.claim(claimRequest('b1', { emptyStoreGrace: true }));
      expect(await writer.write(refOf(held), [])).toMatchObject({ outcome: 'fenced-out' });
      await renew(store, held);
      expect(await writer.write(refOf(held), [])).toEqual({ outcome: 'written' });
    });

    it('that puts a fence back names its own instance there', async () => {
      const { store, dropFence, dropStatus } = world();
      const held = await claimed(store, 'a1');
      await dropFence();
      await renew(store, held);
      await dropStatus();
      expect(await claimed(store, 'b1')).toMatchObject({
        predecessor: { instanceId: 'a', claimId: 'a1', fencingToken: held.fencingToken, ended: 'expired' },
      });
    });

    it('of the same revision rewrites the status', async () => {
      const { store, statusText } = world();
      const held = await claimed(store, 'a1');
      const { fencingToken } = held;
      await store.write(writeRequest(held));
      const again = statusOf('a1', { fencingToken, revision: 3, symbolCount: 9 });
      await store.write(writeRequest(held, { status: again }));
      expect(JSON.parse((await statusText()) ?? '')).toMatchObject({ symbolCount: 9 });
      await renew(store, held, { status: { ...again, symbolCount: 10 } });
      expect(JSON.parse((await statusText()) ?? '')).toMatchObject({ symbolCount: 10 });
    });
  });

  describe('a release', () => {
    it('without a fence leaves one that says so', async () => {
      const { store, dropFence } = world();
      const held = await claimed(store, 'a1');
      await dropFence();
      expect(await store.release(releaseRequest(held))).toMatchObject({ outcome: 'released' });
      const { predecessor } = await claimed(store, 'b1');
      expect(predecessor).toMatchObject({
        claimId: 'a1',
        fencingToken: held.fencingToken,
        ended: 'released',
      });
    });

    it('leaves a fence alone that is ahead of it, and frees its key', async () => {
      const { store, nowMs, putFence, statusText } = world();
      const held = await claimed(store, 'a1');
      await putFence({
        ended: 'revoked',
        untilMs: (await nowMs()) + 5_000,
        fencingToken: held.fencingToken + 1,
      });
      expect(await store.release(releaseRequest(held))).toMatchObject({ outcome: 'released' });
      expect(await statusText()).toBeNull();
      expect(await store.claim(claimRequest('b1'))).toMatchObject({ outcome: 'deferred', reason: 'revoked' });
    });
  });
}
