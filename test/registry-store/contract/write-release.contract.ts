import { claimed, claimRequest, event, releaseRequest, renew, statusOf, writeRequest } from './requests';
import type { WorldOf } from './store-world';

export function writeAndReleaseContract(world: WorldOf): void {
  describe('write', () => {
    it('rewrites the status, keeps its TTL and appends the event', async () => {
      const { store, statusText, statusTtlMs, log } = world();
      const held = await claimed(store, 'a1', { ttlMs: 5_000 });
      const outcome = await store.write(writeRequest(held, { events: [event('a1', 1)] }));
      expect(outcome).toMatchObject({ outcome: 'written', loggedSeq: 1 });
      expect(JSON.parse((await statusText()) ?? '')).toMatchObject({ connectionState: 'warming' });
      expect(await statusTtlMs()).toBeLessThanOrEqual(5_000);
      expect((await log.page(1, { count: 9, cursor: null })).entries).toMatchObject([{ seq: 1 }]);
    });

    it('knows its own status again whatever text is in it, half a character included', async () => {
      const { store, statusText } = world();
      const status = statusOf('a1', { lastError: 'cut off in an emoji: \ud83d', hostname: '\u0000\udc00"' });
      const held = await claimed(store, 'a1', { status });
      const { fencingToken } = held;
      const renewed = await renew(store, held, { status: { ...status, fencingToken, revision: 2 } });
      expect(renewed).toMatchObject({ outcome: 'renewed', healed: false });
      const write = writeRequest(held, { status: { ...status, fencingToken, revision: 3 } });
      expect(await store.write(write)).toMatchObject({ outcome: 'written' });
      expect(JSON.parse((await statusText()) ?? '')).toMatchObject({
        lastError: 'cut off in an emoji: \ufffd',
        hostname: '\u0000\ufffd"',
      });
    });

    it.each(['expired', 'forgotten with the whole store'])(
      'P3: creates no key when it has %s; says so, and a renewal heals',
      async (how) => {
        const { store, dropStatus, loseMemory, statusText, log } = world();
        const held = await claimed(store, 'a1');
        await (how === 'expired' ? dropStatus() : loseMemory());
        const outcome = await store.write(writeRequest(held, { events: [event('a1', 1)] }));
        expect(outcome).toMatchObject({ outcome: 'missing', loggedSeq: 0 });
        expect(await statusText()).toBeNull();
        expect((await log.page(1, { count: 9, cursor: null })).entries).toEqual([]);
        expect(await renew(store, held)).toMatchObject({ healed: true });
        expect(await store.write(writeRequest(held))).toMatchObject({ outcome: 'written' });
      },
    );

    it('P3: gives its own TTL to a key that an outsider has stripped of it', async () => {
      const { store, statusText, putStatus, statusTtlMs } = world();
      const held = await claimed(store, 'a1');
      await putStatus((await statusText()) ?? '', null);
      const write = writeRequest(held, { ttlMs: 300_000 });
      expect(await store.write(write)).toMatchObject({ outcome: 'written' });
      expect(await statusTtlMs()).toBeLessThanOrEqual(300_000);
      expect(await statusTtlMs()).toBeGreaterThan(290_000);
    });

    it('P1: leaves the status and the log of a successor alone', async () => {
      const { store, dropStatus, statusText, log } = world();
      const slow = await claimed(store, 'a1');
      await dropStatus();
      await claimed(store, 'b1');
      const text = await statusText();
      const outcome = await store.write(writeRequest(slow, { events: [event('a1', 1)] }));
      expect(outcome).toMatchObject({ outcome: 'lost', cause: 'claimed-by-other', loggedSeq: 0 });
      expect(await statusText()).toBe(text);
      expect((await log.page(1, { count: 9, cursor: null })).entries).toEqual([]);
    });

    it('delivered late, neither overwrites a newer status nor repeats its events', async () => {
      const { store, statusText, log } = world();
      const held = await claimed(store, 'a1');
      const { fencingToken } = held;
      const late = writeRequest(held, { events: [event('a1', 1)] });
      const newer = statusOf('a1', { fencingToken, revision: 9, connectionState: 'active' });
      await store.write(writeRequest(held, { status: newer, events: [event('a1', 1), event('a1', 2)] }));
      const text = await statusText();
      expect(await store.write(late)).toMatchObject({ outcome: 'written', loggedSeq: 2 });
      expect(await statusText()).toBe(text);
      const { entries } = await log.page(1, { count: 9, cursor: null });
      expect(entries.map(({ seq }) => seq)).toEqual([2, 1]);
    });
  });

  describe('release', () => {
    it('frees the exchange at once and appends the event', async () => {
      const { store, statusText, log } = world();
      const held = await claimed(store, 'a1');
      const outcome = await store.release(releaseRequest(held, { events: [event('a1', 1, 'released')] }));
      expect(outcome).toEqual({ outcome: 'released', loggedSeq: 1 });
      expect(await statusText()).toBeNull();
      expect((await log.page(1, { count: 9, cursor: null })).entries).toMatchObject([{ type: 'released' }]);
      expect(await store.claim(claimRequest('b1'))).toMatchObject({ outcome: 'claimed' });
    });

    it('may be sent again', async () => {
      const { store } = world();
      const held = await claimed(store, 'a1');
      const request = releaseRequest(held, { events: [event('a1', 1, 'released')] });
      await store.release(request);
      expect(await store.release(request)).toEqual({ outcome: 'released', loggedSeq: 1 });
    });

    it('P4: leaves the claim of a successor alone, and does not say that it was given back', async () => {
      const { store, log, dropStatus, statusText } = world();
      const slow = await claimed(store, 'a1');
      await dropStatus();
      await claimed(store, 'b1');
      const text = await statusText();
      const outcome = await store.release(releaseRequest(slow, { events: [event('a1', 1, 'released')] }));
      expect(outcome).toMatchObject({
        outcome: 'not-held',
        holder: { reading: { kind: 'status' } },
        loggedSeq: 0,
      });
      const { entries } = await log.page(1, { count: 10, cursor: null });
      expect(entries.map(({ type }) => type)).not.toContain('released');
      expect(await statusText()).toBe(text);
    });

    it('leaves a fence alone that is level with it and of another claim', async () => {
      const { store, putFence } = world();
      const { fencingToken, claimId } = await claimed(store, 'a1');
      await putFence({ ended: 'waiting', untilMs: 0, fencingToken });
      expect(await store.release(releaseRequest({ claimId, fencingToken }))).toMatchObject({
        outcome: 'released',
      });
      expect(await claimed(store, 'b1')).toMatchObject({ predecessor: { claimId: '-', ended: 'expired' } });
    });

    it('keeps what the fence says of another life of the store, which may have known a later holder', async () => {
      const { store, putFence, changeIdentity } = world();
      const held = await claimed(store, 'a1');
      await putFence({ ended: 'waiting', untilMs: 0 });
      await changeIdentity();
      expect(await store.release(releaseRequest(held))).toMatchObject({ outcome: 'released' });
      expect(await store.claim(claimRequest('b1', { emptyStoreGrace: true }))).toMatchObject({
        outcome: 'deferred',
        reason: 'empty-store',
      });
    });

    it('of a claim that has not learned its token is remembered: a late copy does not come back', async () => {
      const { store } = world();
      const held = await claimed(store, 'a1');
      const abandoned = releaseRequest({ ...held, fencingToken: 0 });
      expect(await store.release(abandoned)).toMatchObject({ outcome: 'released' });
      expect(await store.claim(claimRequest('a1'))).toMatchObject({ outcome: 'unknown' });
      const { predecessor } = await claimed(store, 'b1');
      expect(predecessor).toMatchObject({ fencingToken: held.fencingToken, ended: 'released' });
    });

    it('after its key has expired still says that it was given back', async () => {
      const { store, dropStatus } = world();
      const held = await claimed(store, 'a1');
      await dropStatus();
      expect(await store.release(releaseRequest(held))).toMatchObject({ outcome: 'released' });
      expect(await claimed(store, 'b1')).toMatchObject({ predecessor: { ended: 'released' } });
    });
  });
}
