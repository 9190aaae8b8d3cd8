import type { HistoryEvent } from './history';
import { inWords, worstByFault, worstOf } from './measures';
import { TIMES } from './supervisor';

const event = (at: number, what: HistoryEvent['what'], token: number, more: Partial<HistoryEvent> = {}) => ({
  at,
  pid: token,
  what,
  token,
  claimId: `claim ${token}`,
  instanceId: `instance ${token}`,
  ...more,
});
/** Granted at once, and active 20 ms later. */
const holds = (token: number, at: number): HistoryEvent[] => [
  event(at, 'claim-sent', token),
  event(at, 'granted', token),
  event(at + 1, 'key-changed', token),
  event(at + 20, 'active', token),
];
const fault = (kind: string, at: number, until = at, made = true): HistoryEvent => ({
  what: 'fault',
  pid: 0,
  at,
  until,
  kind,
  made,
});

describe('the measures of a run', () => {
  // Dead at 500; under the key until 1,400. The next one stops 80 ms before its deadline, which is 1,200 ms after it was granted;
  // it stands still then, and has ended 20 ms of its time after it.
  const history: HistoryEvent[] = [
    ...holds(7, 0),
    event(490, 'act', 7),
    event(500, 'gone', 7),
    ...holds(8, 1_400),
    event(2_520, 'act', 8),
    event(2_900, 'gap', 8, { since: 2_610 }),
    event(2_910, 'end', 8),
    ...holds(9, 3_000),
  ].toSorted((a, b) => a.at - b.at);

  it('tell the worst', () => {
    expect(inWords(worstOf(history, TIMES))).toEqual({
      'ms least before a deadline at which work ended': 80,
      'ms longest after a deadline until all work had stopped': 20,
      'ms longest ghost': 901,
      'ms longest without a holder': 930,
    });
  });

  it('count a ghost without the time in which Redis could expire nothing', () => {
    const still = [
      fault('redis-pauses', 600, 800),
      fault('redis-sleeps', 700, 900),
      fault('hold', 600, 1_300),
      fault('redis-down', 600, 1_400, false),
    ];
    expect(worstOf([...history, ...still], TIMES)).toMatchObject({ longestGhost: 601 });
  });

  it('put it down to the faults that went on, and had an effect', () => {
    const faults = [
      fault('kill', 480),
      fault('hold', 2_000, 2_600),
      fault('delay', 10),
      fault('stop', 480, 480, false),
    ];
    expect(worstByFault([...history, ...faults], TIMES)).toEqual({
      'Process killed': { longestGhost: 901, longestWithoutHolder: 930 },
      'Requests or replies lost or late': {
        leastBeforeDeadline: 80,
        longestAfterDeadline: 20,
        longestGhost: 901,
        longestWithoutHolder: 930,
      },
    });
  });

  it('count the end of the work from the deadline that it had by then', () => {
    const stopped = (renewed: HistoryEvent[]) =>
      worstOf([...holds(7, 0), event(100, 'act', 7), ...renewed, event(1_300, 'end', 7)], TIMES);
    expect(stopped([])).toMatchObject({ longestAfterDeadline: 100 });
    expect(stopped([event(900, 'renewed', 7, { sentAt: 890 })])).toMatchObject({ longestAfterDeadline: 0 });
  });

  it('tell nothing of what was given back', () => {
    const released = [...holds(7, 0), event(490, 'act', 7), event(500, 'release-sent', 7)];
    expect(worstOf(released, TIMES)).toEqual({});
  });
});
