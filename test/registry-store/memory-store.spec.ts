import { FakeClock } from '../../src/fake-clock';
import {
  MemoryActivityLog,
  MemoryCommandQueue,
  MemoryFencedWriter,
  MemoryLeaseStore,
  MemoryStore,
} from '../../src/registry/memory';
import { claimContract } from './contract/claim.contract';
import { revokeAndFenceContract } from './contract/revoke-fence.contract';
import { renewContract } from './contract/renew.contract';
import { claimed, claimRequest, renew } from './contract/requests';
import type { StoreWorld } from './contract/store-world';
import { streamsContract } from './contract/streams.contract';
import { writeAndReleaseContract } from './contract/write-release.contract';

export function memoryWorld(): StoreWorld {
  const clock = new FakeClock();
  const memory = new MemoryStore(clock);
  return {
    store: new MemoryLeaseStore(memory),
    log: new MemoryActivityLog(memory),
    queue: new MemoryCommandQueue(memory),
    writer: new MemoryFencedWriter(memory),
    statusText: async () => {
      const { status } = memory.exchange(1);
      return status?.kind === 'text' ? status.text : null;
    },
    statusTtlMs: async () => {
      const { status, ttlMs } = memory.exchange(1);
      return status === null ? null : (ttlMs ?? Infinity);
    },
    putStatus: async (text, ttlMs) => memory.putStatus(1, text, ttlMs),
    putOtherType: async (ttlMs) => memory.putOtherType(1, 'list', ttlMs),
    dropStatus: async () => memory.dropStatus(1),
    dropFence: async () => memory.dropFence(1),
    changeIdentity: async () => memory.restart(),
    loseMemory: async () => memory.forget(),
    pass: async (ms) => clock.block(ms),
  };
}

describe('the memory adapters', () => {
  let world: StoreWorld;
  beforeEach(() => {
    world = memoryWorld();
  });
  claimContract(() => world);
  renewContract(() => world);
  writeAndReleaseContract(() => world);
  revokeAndFenceContract(() => world);
  streamsContract(() => world);
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
});
