import {
  claimed,
  claimRequest,
  releaseRequest,
  renew,
  renewRequest,
  revokeRequest,
  statusOf,
  TTL_MS,
} from './requests';
import type { WorldOf } from './store-world';

export function renewContract(world: WorldOf): void {
  describe('renew', () => {
    it('pushes the expiry and rewrites the status', async () => {
      const { store, statusText, statusTtlMs } = world();
      const held = await claimed(store, 'a1', { ttlMs: 5_000 });
      expect(await renew(store, held)).toMatchObject({ outcome: 'renewed', healed: false });
      expect(JSON.parse((await statusText()) ?? '')).toMatchObject({ revision: 2, claimId: 'a1' });
      expect(await statusTtlMs()).toBeGreaterThan(5_000);
    });

    it('answers each of many requests, in order', async () => {
      const { store } = world();
      const held = await Promise.all(
        Array.from({ length: 450 }, (_, at) => claimed(store, 'a1', { exchangeId: at + 1 })),
      );
      await store.revoke(revokeRequest({ exchangeId: 300 }));
      const requests = held.map((claim, at) => ({ ...renewRequest(claim), exchangeId: at + 1 }));
      const outcomes = await store.renew(requests);
      expect(outcomes).toHaveLength(450);
      expect(outcomes.flatMap(({ outcome }, at) => (outcome === 'renewed' ? [] : [at + 1]))).toEqual([300]);
    });

    it('P1: never overwrites the claim of a successor', async () => {
      const { store, dropStatus, statusText } = world();
      const slow = await claimed(store, 'a1');
      await dropStatus();
      await claimed(store, 'b1');
      const text = await statusText();
      expect(await renew(store, slow)).toMatchObject({
        outcome: 'lost',
        cause: 'claimed-by-other',
        holder: { reading: { kind: 'status', status: { claimId: 'b1' } } },
      });
      expect(await statusText()).toBe(text);
    });

    it('P2: does not create the key again when somebody else has had it since', async () => {
      const { store, dropStatus, statusText } = world();
      const slow = await claimed(store, 'a1');
      await dropStatus();
      const next = await claimed(store, 'b1');
      await store.release(releaseRequest(next));
      expect(await renew(store, slow)).toMatchObject({ outcome: 'lost', holder: null });
      expect(await statusText()).toBeNull();
    });

    it.each([
      { what: 'gone', damage: 'drop' },
      { what: 'garbage', damage: 'garbage' },
      { what: 'a megabyte', damage: 'megabyte' },
      { what: 'of another type', damage: 'type' },
    ])('puts its key back when it is $what and nobody has claimed since', async ({ damage }) => {
      const { store, dropStatus, putStatus, putOtherType, statusText, statusTtlMs } = world();
      const held = await claimed(store, 'a1');
      if (damage === 'drop') await dropStatus();
      if (damage === 'garbage') await putStatus('{"instanceId":', null);
      if (damage === 'megabyte') await putStatus('y'.repeat(1_000_000), null);
      if (damage === 'type') await putOtherType(null);
      expect(await renew(store, held)).toMatchObject({ outcome: 'renewed', healed: true });
      expect(JSON.parse((await statusText()) ?? '')).toMatchObject({ claimId: 'a1' });
      expect(await statusTtlMs()).toBeLessThanOrEqual(TTL_MS);
    });

    it('puts everything back when the store has lost its memory', async () => {
      const { store, loseMemory } = world();
      const held = await claimed(store, 'a1');
      await loseMemory();
      expect(await renew(store, held)).toMatchObject({ outcome: 'renewed', healed: true });
      const [read] = await store.read([1]);
      expect(read).toMatchObject({ fencingToken: held.fencingToken });
    });

    it('repairs the fence when only that is gone', async () => {
      const { store, dropFence } = world();
      const held = await claimed(store, 'a1');
      await dropFence();
      expect(await renew(store, held)).toMatchObject({ outcome: 'renewed', healed: false });
      expect((await store.read([1]))[0]).toMatchObject({ fencingToken: held.fencingToken });
    });

    it.each([
      { cause: 'revoked', next: 'still free' },
      { cause: 'released', next: 'still free' },
      { cause: 'claimed-by-other', next: 'taken by another' },
    ])('is lost ($cause) when the claim was ended and the exchange is $next', async ({ cause }) => {
      const { store, dropStatus, statusText } = world();
      const held = await claimed(store, 'a1');
      if (cause === 'revoked') await store.revoke(revokeRequest());
      if (cause === 'released') await store.release(releaseRequest(held));
      if (cause === 'claimed-by-other') {
        await dropStatus();
        await claimed(store, 'b1');
      }
      const text = await statusText();
      expect(await renew(store, held)).toMatchObject({ outcome: 'lost', cause });
      expect(await statusText()).toBe(text);
    });

    it('is lost when a program that knows no claims has put its name there', async () => {
      const { store, putStatus } = world();
      const held = await claimed(store, 'a1');
      await putStatus('{"instanceId":"old-program"}', TTL_MS);
      expect(await renew(store, held)).toMatchObject({
        outcome: 'lost',
        cause: 'claimed-by-other',
        holder: { reading: { kind: 'partial', holder: { instanceId: 'old-program' } } },
      });
    });

    it('delivered late, leaves the newer status as it is', async () => {
      const { store, statusText } = world();
      const held = await claimed(store, 'a1');
      const { fencingToken } = held;
      await renew(store, held, { status: statusOf('a1', { fencingToken, revision: 7 }) });
      const text = await statusText();
      expect(await renew(store, held)).toMatchObject({ outcome: 'renewed', healed: false });
      expect(await statusText()).toBe(text);
    });

    it.each(['1e999', '1e300', '9007199254740993', '1.5', '"9"'])(
      'is not kept out by the revision %s, which an outsider wrote',
      async (revision) => {
        const { store, statusText, putStatus } = world();
        const held = await claimed(store, 'a1');
        const text = (await statusText()) ?? '';
        await putStatus(text.replace('"revision":1', `"revision":${revision}`), TTL_MS);
        expect(await renew(store, held)).toMatchObject({ outcome: 'renewed', healed: false });
        expect(JSON.parse((await statusText()) ?? '')).toMatchObject({ revision: 2 });
      },
    );

    it('tells the time of the store', async () => {
      const { store, pass } = world();
      const held = await claimed(store, 'a1');
      await pass(20);
      const outcome = await renew(store, held);
      expect(outcome).toMatchObject({ outcome: 'renewed' });
      if (outcome.outcome === 'renewed')
        expect(outcome.storeTimeMs).toBeGreaterThanOrEqual(held.storeTimeMs + 20);
    });

    it('keeps others out as long as it goes on', async () => {
      const { store, pass } = world();
      const held = await claimed(store, 'a1', { ttlMs: 1_500 });
      for (let beat = 0; beat < 4; beat += 1) {
        await pass(500);
        expect(await renew(store, held, { ttlMs: 1_500 })).toMatchObject({
          outcome: 'renewed',
          healed: false,
        });
        expect(await store.claim(claimRequest('b1'))).toMatchObject({ outcome: 'refused' });
      }
    });

    it('does not put back without a fence what must have expired by now: the late renewal of a former holder', async () => {
      const { store, loseMemory, nowMs, statusText } = world();
      const held = await claimed(store, 'a1');
      await loseMemory();
      const outcome = await renew(store, held, { expiresAtMs: (await nowMs()) - 1 });
      expect(outcome).toMatchObject({ outcome: 'lost', cause: 'expired' });
      expect(await statusText()).toBeNull();
    });
  });
}
