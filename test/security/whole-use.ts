/** Everything the adapters ever ask of Redis, once: so that a right that is missing shows, whichever it is. */
import type { Redis } from 'ioredis';
import { keys } from '../../src/registry/redis/keys';
import type { Command } from '../../src/registry/command-queue';
import {
  claimed,
  claimRequest,
  event,
  refOf,
  releaseRequest,
  renew,
  revokeRequest,
  writeRequest,
} from '../registry-store/contract/requests';
import { redisWorld } from '../registry-store/contract/redis-world';
import { waitFor } from '../support/wait-for';

const SERIES = 'candles:BTC-USD:1m';
/** A follower that may not read goes on trying in silence. */
const FOLLOW_MS = 1_000;

/**
 * Rejects when anything is refused or left undone. `outsider` may do everything and sees what was done; `application` has the
 * rights in question.
 */
export async function useEverything(outsider: Redis, application: Redis): Promise<void> {
  await outsider.flushall();
  // Each script is sent whole once, then by its hash.
  await outsider.script('FLUSH');
  await outsider.set(keys.legacyStatus(1), 'of the predecessor');
  // Of another type, without an expiry: what has to make way, and what is given an expiry.
  await outsider.set(keys.activity(1), 'garbage');
  await outsider.rpush(keys.status(1), 'garbage');
  const world = await redisWorld(outsider, application);
  try {
    await poisonedThenClaimed(world, outsider);
    await commanded(world);
    await written(world, outsider);
    await ended(world);
  } finally {
    await world.connection.close();
  }
}

type World = Awaited<ReturnType<typeof redisWorld>>;

async function poisonedThenClaimed({ store }: World, outsider: Redis): Promise<void> {
  expect(await store.claim(claimRequest('a1'))).toMatchObject({ outcome: 'poisoned' });
  expect(await outsider.pttl(keys.status(1))).toBeGreaterThan(0);
  await outsider.del(keys.status(1));
  const held = await claimed(store, 'a1', { events: [event('a1', 1)], emptyStoreGrace: false });
  await waitFor(async () => (await outsider.exists(keys.legacyStatus(1))) === 0, {
    timeoutMs: FOLLOW_MS,
    describe: 'the key of the predecessor to be gone',
  });
  expect(await renew(store, held)).toMatchObject({ outcome: 'renewed' });
  const write = writeRequest(held, { events: [event('a1', 2)] });
  expect(await store.write(write)).toMatchObject({ outcome: 'written', loggedSeq: 2 });
  // Again, as after a lost reply: without its memory the journal would write the event twice.
  expect(await store.write(write)).toMatchObject({ outcome: 'written', loggedSeq: 2 });
  expect(await store.claim(claimRequest('b1'))).toMatchObject({ outcome: 'refused' });
  expect(await store.read([1, 2])).toMatchObject([{ outcome: 'read' }, { outcome: 'read', holder: null }]);
}

async function commanded({ queue, log }: World): Promise<void> {
  const command: Command = {
    commandId: 'c',
    type: 'pause',
    claimId: 'a1',
    actor: 'operator',
    reason: null,
    sentBy: 'b',
    sentAt: '2026-01-01T00:00:00.000Z',
  };
  const stop = AbortSignal.timeout(FOLLOW_MS);
  await queue.send(1, command, 10_000);
  const seen = await queue.follow(1, stop)[Symbol.asyncIterator]().next();
  if (seen.done === true) throw new Error('the command was not seen');
  expect(await queue.take(1, seen.value.queueId, 'a1')).toBe('mine');
  expect(await queue.take(1, seen.value.queueId, 'a1')).toBe('mine');
  expect((await log.page(1, { count: 10, cursor: null })).entries).toHaveLength(2);
}

async function written({ writer, store }: World, outsider: Redis): Promise<void> {
  const [reading] = await store.read([1]);
  const fencingToken = reading?.outcome === 'read' ? reading.fencingToken! : 0;
  const claim = refOf({ claimId: 'a1', fencingToken });
  const outcome = await writer.write(claim, [
    { name: 'ZREMRANGEBYSCORE', key: SERIES, args: [1, 1] },
    { name: 'ZADD', key: SERIES, args: [1, '1 x', 2, '2 y'] },
    { name: 'ZREMRANGEBYRANK', key: SERIES, args: [0, -2] },
  ]);
  expect(outcome).toEqual({ outcome: 'written' });
  expect(await writer.readNewest(1, SERIES, 5)).toEqual([{ score: 2, member: '2 y' }]);
  expect(await outsider.zcard(keys.data(1, SERIES))).toBe(1);
}

async function ended({ store }: World): Promise<void> {
  const revoked = await store.revoke(revokeRequest({ holderIsDead: true, events: [event('o1', 1)] }));
  expect(revoked).toMatchObject({ outcome: 'revoked' });
  const next = await claimed(store, 'b1');
  expect(await store.append({ exchangeId: 1, instanceId: 'b', events: [event('b1', 1)] })).toMatchObject({
    outcome: 'appended',
  });
  expect(await store.release(releaseRequest(next, { events: [event('b1', 2)] }))).toMatchObject({
    outcome: 'released',
  });
}
