import { FakeClock } from '../../src/fake-clock';
import type { LeaseStore } from '../../src/registry/lease-store';
import { memoryAdapters, MemoryLeaseStore, MemoryStore } from '../../src/registry/memory';
import { claimContract } from './contract/claim.contract';
import { graceContract } from './contract/grace.contract';
import { clockContract } from './contract/clock.contract';
import { memoryWorld } from './contract/memory-world';
import { revokeAndFenceContract } from './contract/revoke-fence.contract';
import { renewContract } from './contract/renew.contract';
import {
  claimed,
  claimRequest,
  COMMAND,
  event,
  refOf,
  releaseRequest,
  renew,
  revokeRequest,
  writeRequest,
} from './contract/requests';
import type { StoreWorld } from './contract/store-world';
import { revocationContract } from './contract/revocation.contract';
import { samenessContract } from './contract/sameness.contract';
import { seriesContract } from './contract/series.contract';
import { streamsContract } from './contract/streams.contract';
import { writeAndReleaseContract } from './contract/write-release.contract';

const HELD = { claimId: 'a1', fencingToken: 7 };
function adaptersOf(clock: FakeClock) {
  const store = new MemoryStore(clock);
  const { store: lease, ...adapters } = memoryAdapters(store);
  return { ...adapters, lease, store };
}

/** All promise jobs that are due. */
function turns(): Promise<void> {
  return new FakeClock().settle();
}

describe('the memory adapters', () => {
  let world: StoreWorld;
  beforeEach(() => {
    world = memoryWorld();
  });
  claimContract(() => world);
  graceContract(() => world);
  renewContract(() => world);
  writeAndReleaseContract(() => world);
  revokeAndFenceContract(() => world);
  streamsContract(() => world);
  samenessContract(() => world);
  revocationContract(() => world);
  seriesContract(() => world);
  clockContract(() => world);
});

describe('the faults of the memory store', () => {
  it('answers unknown and does nothing while it is down', async () => {
    const memory = new MemoryStore(new FakeClock());
    const store = new MemoryLeaseStore(memory);
    memory.down = true;
    expect(await store.claim(claimRequest('a1'))).toMatchObject({
      outcome: 'unknown',
      error: { code: 'STORE_UNAVAILABLE' },
    });
    memory.down = false;
    expect(await store.read([1])).toMatchObject([{ holder: null }]);
  });

  it('cuts off one instance and serves the others', async () => {
    const memory = new MemoryStore(new FakeClock());
    const [one, two] = [new MemoryLeaseStore(memory), new MemoryLeaseStore(memory)];
    const held = await claimed(one, 'a1');
    one.link = 'down';
    expect(await renew(one, held)).toMatchObject({ outcome: 'unknown' });
    expect(await two.claim(claimRequest('b1'))).toMatchObject({ outcome: 'refused' });
  });

  it('loses a reply but not what was asked', async () => {
    const store = new MemoryLeaseStore(new MemoryStore(new FakeClock()));
    store.link = 'reply-lost';
    expect(await store.claim(claimRequest('a1'))).toMatchObject({ outcome: 'unknown' });
    store.link = 'up';
    expect(await store.claim(claimRequest('a1'))).toMatchObject({ outcome: 'claimed' });
  });

  it.each([
    ['claim', (store: LeaseStore) => store.claim(claimRequest('a1'))],
    ['renew', (store: LeaseStore) => renew(store, HELD)],
    ['write', (store: LeaseStore) => store.write(writeRequest(HELD))],
    ['release', (store: LeaseStore) => store.release(releaseRequest(HELD))],
    ['append', (store: LeaseStore) => store.append({ exchangeId: 1, instanceId: 'a', events: [] })],
    ['revoke', (store: LeaseStore) => store.revoke(revokeRequest())],
    ['read', async (store: LeaseStore) => (await store.read([1]))[0]],
  ])('names the operation that has no answer: %s', async (operation, ask) => {
    const store = new MemoryLeaseStore(new MemoryStore(new FakeClock()));
    store.link = 'down';
    expect(await ask(store)).toMatchObject({
      outcome: 'unknown',
      error: { operation, reason: 'the memory store is switched off' },
    });
  });

  it('lets nothing be read, sent or taken while it is down', async () => {
    const { store: memory, ...adapters } = adaptersOf(new FakeClock());
    memory.down = true;
    const reason = 'the memory store is switched off';
    await expect(adapters.log.page(1, { count: 1, cursor: null })).rejects.toMatchObject({
      operation: 'reading the activity log',
      reason,
    });
    await expect(adapters.commands.send(1, COMMAND, 1)).rejects.toMatchObject({
      operation: 'sending a command',
    });
    await expect(adapters.commands.take(1, '0-1', 'a')).rejects.toMatchObject({
      operation: 'taking a command',
    });
    await expect(adapters.writer.readNewest(1, 'x', 1)).rejects.toMatchObject({
      operation: 'reading a series',
    });
    expect(await adapters.writer.write(refOf(HELD), [])).toMatchObject({
      outcome: 'unknown',
      error: { operation: 'a fenced write', reason },
    });
    await expect(adapters.check()).resolves.toEqual([]);
    await expect(adapters.close()).resolves.toBeUndefined();
  });

  it('keeps followers waiting while it is down, and wakes them when it is up again', async () => {
    const { store: memory, ...adapters } = adaptersOf(new FakeClock());
    const seen: number[] = [];
    const stop = new AbortController();
    const following = (async () => {
      for await (const { seq } of adapters.log.follow(1, '$', stop.signal)) seen.push(seq);
    })();
    memory.down = true;
    memory.exchange(1).append('a', [event('a1', 1)]);
    await turns();
    expect(seen).toEqual([]);
    memory.down = false;
    await turns();
    expect(seen).toEqual([1]);
    stop.abort();
    await following;
  });

  it('keeps plain values, which may be deleted', async () => {
    const { store, writer, ...adapters } = adaptersOf(new FakeClock());
    const held = refOf(await claimed(adapters.lease, 'a1'));
    await writer.write(held, [
      { name: 'SET', key: 'x', args: ['one'] },
      { name: 'SET', key: 'y', args: [2] },
    ]);
    expect([...store.exchange(1).values]).toEqual([
      ['x', 'one'],
      ['y', '2'],
    ]);
    expect(store.exchange(1).series.size).toBe(0);
    await writer.write(held, [
      { name: 'DEL', key: 'x', args: [] },
      { name: 'ZADD', key: 'z', args: [1, 'one'] },
    ]);
    expect([...store.exchange(1).values.keys()]).toEqual(['y']);
  });

  it('keeps 50,000 events of an exchange, the newest', () => {
    const { store } = adaptersOf(new FakeClock());
    const exchange = store.exchange(1);
    const append = (first: number, count: number) =>
      exchange.append(
        'a',
        Array.from({ length: count }, (_, at) => event('a1', first + at)),
      );
    append(1, 50_000);
    expect(exchange.activity.entries).toHaveLength(50_000);
    append(50_001, 1);
    expect(exchange.activity.entries).toHaveLength(50_000);
    expect(exchange.activity.entries[0]?.value.seq).toBe(2);
  });
});

describe('the clock of the memory store', () => {
  it('goes with the machine, not with its wall clock, and jumps when told to', async () => {
    const clock = new FakeClock();
    const store = new MemoryStore(clock);
    const startMs = store.nowMs;
    clock.setWallBy(3_600_000);
    expect(store.nowMs).toBe(startMs);
    clock.suspend(5_000);
    expect(store.nowMs).toBe(startMs + 5_000);
    store.skewMs = 70;
    expect(store.nowMs).toBe(startMs + 5_070);
  });

  it('ends each claim in the very millisecond', async () => {
    const clock = new FakeClock();
    const { lease } = adaptersOf(clock);
    await claimed(lease, 'a1', { ttlMs: 100 });
    clock.block(99);
    expect(await lease.claim(claimRequest('b1'))).toMatchObject({ outcome: 'refused', expiresInMs: 1 });
    clock.block(1);
    await claimed(lease, 'b1');
  });

  it('ends the grace of a store that was restarted in the very millisecond', async () => {
    const clock = new FakeClock();
    const { store, lease } = adaptersOf(clock);
    store.forget();
    const request = claimRequest('a1', { ttlMs: 100, emptyStoreGrace: true });
    clock.block(99);
    expect(await lease.claim(request)).toMatchObject({ outcome: 'deferred', retryAfterMs: 1 });
    clock.block(1);
    await claimed(lease, 'a1', { ttlMs: 100, emptyStoreGrace: true });
  });

  it('is in the ids of its streams', async () => {
    const clock = new FakeClock(1_000_000);
    const { store, log } = adaptersOf(clock);
    store.exchange(1).append('a', [event('a1', 1), event('a1', 2)]);
    clock.block(5);
    store.exchange(1).append('a', [event('a1', 3)]);
    store.skewMs = -100;
    store.exchange(1).append('a', [event('a1', 4)]);
    const { entries } = await log.page(1, { count: 9, cursor: null });
    expect(entries.map(({ id }) => id)).toEqual(['1000005-1', '1000005-0', '1000000-1', '1000000-0']);
  });

  it('lets a taker be remembered for a minute', async () => {
    const clock = new FakeClock();
    const { commands } = adaptersOf(clock);
    const queueId = await commands.send(1, COMMAND, 5_000);
    await commands.take(1, queueId, 'a1');
    clock.block(59_999);
    expect(await commands.take(1, queueId, 'a1')).toBe('mine');
    clock.block(1);
    expect(await commands.take(1, queueId, 'a1')).toBe('gone');
  });
});
