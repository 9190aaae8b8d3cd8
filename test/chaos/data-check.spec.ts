import { checkData } from './data-check';
import type { HistoryEvent } from './history';

const event = (what: HistoryEvent['what'], at: number, more: Partial<HistoryEvent> = {}): HistoryEvent => ({
  pid: 0,
  what,
  at,
  ...more,
});

/** Asked for at 50, granted at 60. */
const newer = [
  event('claim-sent', 50, { claimId: 'newer', instanceId: 'b' }),
  event('granted', 60, { claimId: 'newer', instanceId: 'b', token: 8 }),
];
const written = (at: number, until: number, token = 7) => event('data-written', at, { until, token });

describe('the check of the data that Redis guards', () => {
  it('finds a write under an older token after a newer one was granted', () => {
    expect(checkData([...newer, written(70, 110)])).toEqual([
      'fencing: Redis took a write under token 7 at least 10.0 ms after 8 was granted (at 110.0)',
    ]);
  });

  it.each([
    ['of the newest', written(70, 110, 8)],
    ['that may have come before the newer claim was granted', written(55, 110)],
  ])('accepts one %s', (_which, write) => {
    expect(checkData([...newer, write])).toEqual([]);
  });

  it.each([
    ['the fence was taken', event('robbed', 70, { until: 71, fence: true })],
    ['all data were lost', event('log-lost', 40, { until: 52 })],
    ['there were two primaries', event('split', 100, { until: 105 })],
  ])('excuses it when %s since the newer claim was asked for', (_what, loss) => {
    expect(checkData([...newer, written(70, 110), loss])).toEqual([]);
    const before = { ...loss, at: 10, until: 49 };
    expect(checkData([...newer, written(70, 110), before])).toHaveLength(1);
  });

  it('excuses nothing by the loss of the status key', () => {
    expect(checkData([...newer, written(70, 110), event('robbed', 70, { until: 71 })])).toHaveLength(1);
  });
});
