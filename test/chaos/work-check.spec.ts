import type { HistoryEvent } from './history';
import { checkWork } from './work-check';

const event = (at: number, what: HistoryEvent['what'], token?: number, pid = token ?? 0): HistoryEvent => ({
  at,
  pid,
  what,
  ...(token === undefined ? {} : { token }),
});

describe('the check of work', () => {
  it('accepts claims that follow each other', () => {
    const history = [event(1, 'begin', 7), event(2, 'act', 7), event(3, 'begin', 8), event(4, 'act', 8)];
    expect(checkWork(history)).toEqual([]);
  });

  it('finds an act of an earlier claim after a later one has begun, also with a claim between them', () => {
    const history = [event(1, 'begin', 7), event(3, 'begin', 8), event(4, 'begin', 9), event(5, 'act', 7)];
    expect(checkWork(history)).toEqual([
      expect.stringContaining('process 7 acted under 7 2.0 ms after process 8'),
      expect.stringContaining('process 7 acted under 7 1.0 ms after process 9'),
    ]);
  });

  /** Of process `token`. */
  const claim = (token: number, sentAt: number) => {
    const of = { claimId: `claim ${token}`, instanceId: `instance ${token}` };
    return [
      { ...event(sentAt, 'claim-sent', undefined, token), ...of },
      { ...event(sentAt + 0.2, 'granted', token), ...of },
    ];
  };
  const renewed = (token: number, sentAt: number, at: number): HistoryEvent => ({
    ...event(at, 'renewed', token),
    claimId: `claim ${token}`,
    sentAt,
  });
  const split = (at: number, until: number): HistoryEvent => ({ ...event(at, 'split'), until });
  const overlap = [...claim(7, 0.5), event(1, 'begin', 7), event(5, 'begin', 8), event(6, 'act', 7)];

  it('excuses a claim that was robbed after it was asked for and before the later one began', () => {
    expect(checkWork([...overlap, event(2, 'robbed')])).toEqual([]);
    expect(checkWork([...overlap, event(0.6, 'robbed')])).toEqual([]);
    expect(checkWork([...overlap, event(0, 'robbed')])).toHaveLength(1);
    expect(checkWork([...overlap, event(5.5, 'robbed')])).toHaveLength(1);
  });

  it('excuses it until it has been renewed after the robbery', () => {
    expect(checkWork([...overlap, event(2, 'robbed'), renewed(7, 1.9, 4)])).toEqual([]);
    expect(checkWork([...overlap, event(2, 'robbed'), renewed(7, 3, 5.5)])).toEqual([]);
    expect(checkWork([...overlap, event(2, 'robbed'), renewed(7, 3, 4)])).toHaveLength(1);
  });

  it('excuses nothing of a claim that nobody noted', () => {
    const unknown = [event(1, 'begin', 7), event(5, 'begin', 8), event(6, 'act', 7)];
    expect(checkWork([...unknown, event(2, 'robbed')])).toHaveLength(1);
  });

  it('excuses the overlap with a claim that one of two primaries granted', () => {
    const confirmed = renewed(7, 4.2, 4.4);
    expect(checkWork([...overlap, ...claim(8, 3.5), split(3, 4), confirmed])).toEqual([]);
    expect(checkWork([...overlap, ...claim(8, 4.1), split(3, 4), confirmed])).toHaveLength(1);
  });
});
