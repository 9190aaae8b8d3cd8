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

  it('excuses a claim that was robbed before the later one began, and no other', () => {
    const overlap = [event(1, 'begin', 7), event(5, 'begin', 8), event(6, 'act', 7)];
    expect(checkWork([...overlap, event(2, 'robbed')])).toEqual([]);
    expect(checkWork([...overlap, event(0, 'robbed')])).toHaveLength(1);
    expect(checkWork([...overlap, event(5.5, 'robbed')])).toHaveLength(1);
    const claim = { claimId: 'c', instanceId: 'a' };
    const granted = [
      { ...event(0.2, 'claim-sent', undefined, 7), ...claim },
      { ...event(0.4, 'granted', 7), ...claim },
    ];
    expect(checkWork([...granted, event(0.6, 'robbed'), ...overlap])).toEqual([]);
    expect(checkWork([event(0.1, 'robbed'), ...granted, ...overlap])).toHaveLength(1);
  });
});
