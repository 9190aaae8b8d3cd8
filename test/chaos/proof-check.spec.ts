import type { HistoryEvent } from './history';
import { checkKeys } from './key-check';
import { checkProofs } from './proof-check';

const TIMES = { leaseTtlMs: 1_000, safetyMarginMs: 200 };

type More = Partial<HistoryEvent>;

/** Notes of process `pid`, whose claim is named after its token. */
const of = (token: number, pid = token) => {
  const note = (what: HistoryEvent['what'], at: number, more: More = {}): HistoryEvent => ({
    at,
    pid,
    what,
    token,
    claimId: `claim ${token}`,
    instanceId: `instance ${pid}`,
    ...more,
  });
  return {
    granted: (sentAt: number, at: number) => [note('claim-sent', sentAt), note('granted', at, { sentAt })],
    renewed: (sentAt: number, at: number, more: More = {}) => [note('renewed', at, { sentAt, ...more })],
    acts: (at: number, more: More = {}) => [note('act', at, more)],
    releases: (at: number) => [note('release-sent', at)],
    dies: (at: number) => [note('gone', at)],
  };
};

const robbed = (at: number, until = at): HistoryEvent => ({ at, until, pid: 0, what: 'robbed' });
const meddled = (at: number, until = at): HistoryEvent => ({ at, until, pid: 0, what: 'meddled' });
const [a, b] = [of(7), of(8)];

describe('the check of proofs', () => {
  const find = (...events: (HistoryEvent | HistoryEvent[])[]) => checkProofs(events.flat(), TIMES);

  it('accepts acts up to the deadline, which counts from the sending of the last renewal', () => {
    expect(find(a.granted(0, 10), a.acts(799), a.renewed(600, 900), a.acts(1_399))).toEqual([]);
  });

  it('finds an act past the deadline, also one that a reply would have allowed', () => {
    expect(find(a.granted(0, 90), a.acts(850))).toEqual([expect.stringMatching(/^proof: .* 50\.0 ms after/)]);
  });

  it('counts a claim that was sent twice from the first time', () => {
    const [, granted] = a.granted(500, 510);
    expect(find(a.granted(0, 1)[0]!, granted!, a.acts(900))).toHaveLength(1);
  });

  it('does not take a renewal for a proof before its answer was there', () => {
    expect(find(a.granted(0, 10), a.acts(850), a.renewed(600, 860))).toHaveLength(1);
  });

  it('finds an act after giving back, and one under a token that nobody was given', () => {
    expect(find(a.granted(0, 10), a.releases(100), a.acts(101))).toEqual([
      expect.stringMatching(/^release order/),
    ]);
    expect(find(b.acts(5))).toEqual([expect.stringMatching(/never granted/)]);
  });

  it('finds an act of another process than the one that was granted the claim, and one of another claim of the same token', () => {
    expect(find(a.granted(0, 10), a.acts(20, { pid: 9 }))).toEqual([
      expect.stringMatching(/^proof: process 9 acted under 7, which was granted to process 7 as claim 7/),
    ]);
    expect(find(a.granted(0, 10), a.acts(20, { claimId: 'another' }))).toHaveLength(1);
  });

  it('finds a claim that was granted while another could be proven', () => {
    expect(find(a.granted(0, 10), b.granted(690, 700))).toEqual([
      expect.stringMatching(/^exclusion: 8 was granted .* prove 7 for 100\.0 ms more/),
    ]);
  });

  it.each([
    ['its deadline has passed', [b.granted(795, 801)]],
    ['it was given back', [a.releases(300), b.granted(301, 310)]],
    ['its process is gone', [a.dies(300), b.granted(301, 310)]],
    ['it was robbed', [[robbed(300, 301)], b.granted(302, 310)]],
    ['it was of the same instance', [of(8, 7).granted(300, 310)]],
  ])('accepts the next claim when %s', (_why, then) => {
    expect(find(a.granted(0, 10), ...then)).toEqual([]);
  });

  it('finds an act under a claim whose instance has asked for another since', () => {
    const next = of(8, 7).granted(300, 310);
    expect(find(a.granted(0, 10), next, a.acts(299))).toEqual([]);
    expect(find(a.granted(0, 10), next, a.acts(301))).toEqual([
      expect.stringMatching(/^proof: process 7 acted under 7 after asking for its next claim/),
    ]);
  });

  it('accepts the claim of another when an instance has given back the claim with which it replaced its own', () => {
    const next = of(8, 7);
    const other = of(9, 9);
    expect(
      find(a.granted(0, 10), next.granted(300, 310), next.releases(320), other.granted(330, 340)),
    ).toEqual([]);
    expect(find(a.granted(0, 10), next.granted(300, 310), other.granted(330, 340))).toHaveLength(1);
  });

  it('excuses a robbery only until the claim has been renewed after it', () => {
    expect(find(a.granted(0, 10), robbed(20, 21), a.renewed(30, 40), b.granted(50, 60))).toHaveLength(1);
  });

  it('excuses what one of two primaries granted or confirmed, until it has been renewed after there was one', () => {
    const split: HistoryEvent = { at: 30, until: 60, pid: 0, what: 'split' };
    const [earlier, later] = [a.granted(0, 10), b.granted(50, 55)];
    expect(find(earlier, split, later)).toEqual([]);
    // Granted while there were two, and beside one that the other has confirmed since.
    expect(find(earlier, split, a.renewed(70, 75), b.granted(50, 80))).toEqual([]);
    expect(find(earlier, split, a.renewed(70, 75), b.granted(90, 95))).toHaveLength(1);
    expect(find(split, a.granted(70, 75), b.granted(90, 95))).toHaveLength(1);
  });

  it('finds a token that does not grow', () => {
    expect(find(b.granted(0, 10), b.releases(20), a.granted(30, 40))).toEqual([
      'token growth: 7 was granted after 8 (at 40.0)',
    ]);
  });
});

describe('the check of keys', () => {
  const find = (...events: HistoryEvent[][]) => checkKeys(events.flat(), TIMES);
  const healed = (sentAt: number) => a.renewed(sentAt, sentAt + 10, { healed: true });

  it('finds a key that vanished between two renewals in time', () => {
    expect(find(a.granted(0, 10), healed(400))).toEqual([
      expect.stringMatching(/^foreign write: the key of 7, .* 400\.0 ms/),
    ]);
  });

  it('accepts what an outsider, a loss of data or the TTL explains', () => {
    expect(find(a.granted(0, 10), [meddled(300, 305)], healed(400))).toEqual([]);
    expect(find(a.granted(0, 10), [robbed(5, 6)], healed(400))).toEqual([]);
    expect(find(a.granted(0, 10), healed(991))).toEqual([]);
    expect(find(a.granted(0, 10), [meddled(11)], a.renewed(20, 30), healed(400))).toHaveLength(1);
  });
});
