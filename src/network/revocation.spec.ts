import { FakeClock } from '../fake-clock';
import type { LeaseStore, RevokeRequest } from '../registry/lease-store';
import { Revocation } from './revocation';

const COINBASE = { id: 1, name: 'coinbase' };

/** What the store is asked for by a revocation under these settings. */
async function askedWith(emptyStoreGrace: boolean): Promise<RevokeRequest> {
  const asked: RevokeRequest[] = [];
  const store = {
    revoke: async (request: RevokeRequest) => {
      asked.push(request);
      return { outcome: 'not-held' };
    },
  } as unknown as LeaseStore;
  const revocation = new Revocation(
    { entry: () => COINBASE } as never,
    { instanceId: 'a' } as never,
    store,
    new FakeClock(),
    { leaseTtlMs: 45_000, emptyStoreGrace },
  );
  const request = { actor: 'operator', reason: 'unplugged', fencingToken: 7, holderIsDead: true };
  await expect(revocation.revoke('coinbase', request)).rejects.toMatchObject({ code: 'EXCHANGE_OFFLINE' });
  return asked[0]!;
}

describe('a revocation', () => {
  it.each([true, false])('is made as the settings say: a grace of an empty Redis is %s', async (grace) => {
    expect(await askedWith(grace)).toMatchObject({
      exchangeId: 1,
      fencingToken: 7,
      holderIsDead: true,
      ttlMs: 45_000,
      emptyStoreGrace: grace,
    });
  });
});
