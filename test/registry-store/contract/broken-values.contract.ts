/** What an outsider may leave in Redis where a fence or a status ought to be. Memory has no text to break. */
import { keys } from '../../../src/registry/redis/keys';
import type { RedisWorld } from './redis-world';
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

export function brokenValuesContract(world: () => RedisWorld): void {
  const fence = keys.fence(1);
  const tokenOf = async () => {
    const [read] = await world().store.read([1]);
    return read?.outcome === 'read' ? read.fencingToken : undefined;
  };

  describe('a fence', () => {
    afterEach(() => world().shiftClock(0));

    it.each(['1', '7', '9007199254740991'])('has the token %s', async (token) => {
      await world().outsider.set(fence, `${token} a1 held 9999999999999999 run a`);
      expect(await tokenOf()).toBe(Number(token));
    });

    it.each([
      '',
      'nonsense',
      '0 a1 held 0 run a',
      '-7 a1 held 0 run a',
      '7.5 a1 held 0 run a',
      '9007199254740992 a1 held 0 run a',
      '99999999999999999 a1 held 0 run a',
      '00000000000000007 a1 held 0 run a',
      '7 a1 held 00000000000000000 run a',
      '7 a1 broken 0 run a',
      '7 a1 held 0 run',
      '7 a1 held 0 run a b',
      ' 7 a1 held 0 run a',
    ])('is none when it is %j, and the next claim writes it anew', async (text) => {
      const { store, outsider } = world();
      await outsider.set(fence, text);
      expect(await tokenOf()).toBeNull();
      const { fencingToken, predecessor } = await claimed(store, 'b1');
      expect([predecessor, await tokenOf()]).toEqual([null, fencingToken]);
    });

    it('is none when it is a list, and the next claim writes it anew', async () => {
      const { store, outsider } = world();
      await outsider.rpush(fence, 'x');
      expect(await tokenOf()).toBeNull();
      const { fencingToken } = await claimed(store, 'b1');
      expect(await tokenOf()).toBe(fencingToken);
    });

    it('of an earlier holder is put right by a renewal', async () => {
      const { store, outsider, changeIdentity, nowMs } = world();
      const held = await claimed(store, 'a1');
      const text = (await outsider.get(fence)) ?? '';
      await outsider.set(fence, text.replace(/^\d+ a1/, '5 z1'));
      expect(await tokenOf()).toBe(5);
      await renew(store, held);
      expect(await tokenOf()).toBe(held.fencingToken);
      await changeIdentity();
      const before = await nowMs();
      await renew(store, held);
      const after = (await outsider.get(fence)) ?? '';
      expect(after.replace(/held \d+/, 'held 0')).toBe(text);
      // Others wait one TTL from then on.
      const fromMs = Number(after.split(' ')[3]) - TTL_MS;
      expect(fromMs).toBeGreaterThanOrEqual(before);
      expect(fromMs).toBeLessThanOrEqual(await nowMs());
    });

    it('whose wait rounds to a digit too many stays one when it is written again', async () => {
      const { store, outsider } = world();
      const held = await claimed(store, 'a1');
      const text = (await outsider.get(fence)) ?? '';
      await outsider.set(fence, text.replace(/held \d+/, 'waiting 9999999999999999'));
      expect(await renew(store, held)).toMatchObject({ outcome: 'renewed' });
      expect(await tokenOf()).toBe(held.fencingToken);
    });

    it('has nobody wait by 0, whoever writes it', async () => {
      const { store, outsider, dropFence, putStatus, shiftClock } = world();
      // Old enough to have forgotten nobody.
      shiftClock(3_600_000);
      const untilMs = async () => (await outsider.get(fence))?.split(' ')[3];
      const held = await claimed(store, 'a1');
      expect(await untilMs()).toBe('0');
      await dropFence();
      await claimed(store, 'a1');
      expect(await untilMs()).toBe('0');
      await dropFence();
      await store.release(releaseRequest(held));
      expect(await untilMs()).toBe('0');
      await putStatus('nonsense', TTL_MS);
      await store.revoke(revokeRequest({ holderIsDead: true }));
      expect(await untilMs()).toBe('0');
    });

    it('at the last token there is begins again with the time, which is a token too', async () => {
      const { store, outsider } = world();
      await outsider.set(fence, '9007199254740991 a1 released 0 run a');
      const { fencingToken, storeTimeMs } = await claimed(store, 'b1');
      expect(Math.floor(fencingToken / 1000)).toBe(storeTimeMs);
    });
  });

  describe('a journal', () => {
    const journal = keys.journal(1, 'a');
    const append = () => world().store.append({ exchangeId: 1, instanceId: 'a', events: [] });

    it.each([
      ['9007199254740991', 9_007_199_254_740_991],
      ['9007199254740992', 0],
      ['-1', 0],
      ['nonsense', 0],
    ])('that says %s tells of %d events', async (text, loggedSeq) => {
      await world().outsider.set(journal, text);
      expect(await append()).toEqual({ outcome: 'appended', loggedSeq });
    });

    it('is not written for nothing', async () => {
      await append();
      expect(await world().outsider.exists(journal)).toBe(0);
    });
  });

  describe('a value that is no stream', () => {
    it('gives way to the activity log when something is written there', async () => {
      const { store, log, outsider } = world();
      await outsider.set(keys.activity(1), 'nonsense');
      await claimed(store, 'a1', { events: [event('a1', 1, 'claimed')] });
      expect((await log.page(1, { count: 9, cursor: null })).entries).toMatchObject([{ seq: 1 }]);
    });

    it('gives way to a command, and the queue ends with its last command', async () => {
      const { queue, outsider } = world();
      await outsider.set(keys.commands(1), 'nonsense');
      await queue.send(1, COMMAND, 60_000);
      await queue.send(1, COMMAND, 5_000);
      expect(await outsider.type(keys.commands(1))).toBe('stream');
      const ttlMs = await outsider.pttl(keys.commands(1));
      expect(ttlMs).toBeGreaterThan(5_000);
      expect(ttlMs).toBeLessThanOrEqual(60_000);
    });
  });

  describe('a Redis without any data', () => {
    it('makes claims wait until one TTL and a second after its start', async () => {
      const { store, outsider } = world();
      const uptimeS = async () => Number(/uptime_in_seconds:(\d+)/.exec(await outsider.info('server'))?.[1]);
      const before = await uptimeS();
      const outcome = await store.claim(claimRequest('a1', { emptyStoreGrace: true }));
      const waits = [before, await uptimeS()].map((uptime) => TTL_MS + 1_000 - uptime * 1_000);
      expect(waits).toContain(outcome.outcome === 'deferred' ? outcome.retryAfterMs : outcome);
    });
  });

  describe('a status', () => {
    it.each([
      '5',
      '"a"',
      'null',
      'true',
      '[]',
      '{}',
      '{"instanceId":5}',
      '{"instanceId":""}',
      '{"instanceId":"a"',
    ])("is nobody's when it is %s: claims wait for it, and its holder puts it right", async (text) => {
      const { store, putStatus } = world();
      const held = await claimed(store, 'a1');
      await putStatus(text, TTL_MS);
      expect(await store.claim(claimRequest('b1'))).toMatchObject({
        outcome: 'refused',
        reading: { kind: 'garbage' },
      });
      expect(await renew(store, held)).toMatchObject({ outcome: 'renewed', healed: true });
    });

    const status = (over: string) => `{"instanceId":"a","claimId":"a1","fencingToken":7,"revision":1${over}}`;

    it.each(['0', '-1', '1.5', '9007199254740992', '"7"', 'null'])(
      'with %s for a token is taken for the claim that the fence tells of',
      async (token) => {
        const { store, putStatus } = world();
        const { fencingToken } = await claimed(store, 'a1');
        await putStatus(status('').replace(':7', `:${token}`), TTL_MS);
        expect(await claimed(store, 'a1')).toMatchObject({ fencingToken });
      },
    );

    it.each(['1', '9007199254740991'])('with the token %s is the claim that it says', async (token) => {
      const { store, putStatus, dropFence } = world();
      await claimed(store, 'a1');
      await putStatus(status('').replace(':7', `:${token}`), TTL_MS);
      await dropFence();
      expect(await claimed(store, 'a1')).toMatchObject({ fencingToken: Number(token) });
    });

    it('of 65,536 bytes is read, of one more it is not', async () => {
      const { store, putStatus } = world();
      const filler = 65_536 - status(',"x":""').length;
      const [longest, longer] = [filler, filler + 1].map((count) => status(`,"x":"${'x'.repeat(count)}"`));
      await putStatus(longest ?? '', TTL_MS);
      expect(await store.claim(claimRequest('b1'))).toMatchObject({ reading: { kind: 'partial' } });
      await putStatus(longer ?? '', TTL_MS);
      expect(await store.claim(claimRequest('b1'))).toMatchObject({
        reading: { kind: 'garbage', problem: 'a value of 65537 bytes' },
      });
    });

    it.each(['9007199254740991', '0', '-5'])(
      'of the revision %s keeps or lets in what is sent',
      async (revision) => {
        const { store, putStatus, statusText } = world();
        const held = await claimed(store, 'a1');
        const text = JSON.stringify(statusOf('a1', { fencingToken: held.fencingToken }));
        await putStatus(text.replace('"revision":1', `"revision":${revision}`), TTL_MS);
        expect(await renew(store, held)).toMatchObject({ outcome: 'renewed' });
        const kept = JSON.parse((await statusText()) ?? '') as { revision: number };
        expect(kept.revision).toBe(Number(revision) > 2 ? Number(revision) : 2);
      },
    );
  });
}
