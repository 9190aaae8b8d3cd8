import type { FencedWriteOutcome } from '../registry/fenced-writer';
import type { Lease } from '../registry/lease';
import { LeaseFencedStore } from './lease-fenced-store';

const OWN_TOKEN = 7;

function storeAnswered(outcome: FencedWriteOutcome): LeaseFencedStore {
  const lease = { exchange: { id: 1, name: 'coinbase' }, claimId: 'a1', fencingToken: OWN_TOKEN };
  const writer = { write: async () => outcome, readNewest: async () => [] };
  const held = { ...lease, assertHeld: () => undefined } as unknown as Lease;
  return new LeaseFencedStore(writer, held, { instanceId: 'a' });
}

describe('a rejected write', () => {
  it.each([
    { fencingToken: null, what: 'no fence', code: 'STORE_UNAVAILABLE' },
    { fencingToken: OWN_TOKEN - 1, what: 'an older fence', code: 'STORE_UNAVAILABLE' },
    { fencingToken: OWN_TOKEN, what: 'its own fence, while others wait', code: 'STORE_UNAVAILABLE' },
    { fencingToken: OWN_TOKEN + 1, what: 'a newer fence', code: 'FENCED_OUT' },
  ])('behind $what is $code', async ({ fencingToken, code }) => {
    const store = storeAnswered({ outcome: 'fenced-out', fencingToken });
    await expect(store.putSeries('candles', [{ at: 60, value: 'a' }], 10)).rejects.toMatchObject({ code });
  });
});
