import { FakeClock } from '../../src/fake-clock';
import { MemoryLeaseStore, MemoryStore } from '../../src/registry/memory';
import { claimContract } from './contract/claim.contract';
import { memoryWorld } from './contract/memory-world';
import { revokeAndFenceContract } from './contract/revoke-fence.contract';
import { renewContract } from './contract/renew.contract';
import { claimed, claimRequest, renew } from './contract/requests';
import type { StoreWorld } from './contract/store-world';
import { streamsContract } from './contract/streams.contract';
import { writeAndReleaseContract } from './contract/write-release.contract';

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
