/** What the check of the activity log makes of a log that was lost. */
import type { ActivityEntry } from '../../../src/registry/activity';
import type { SimulatedProcess } from '../simulated-process';
import { Trace } from '../trace';
import { Verdict } from '../violation';
import { ActivityCheck } from './activity';

const of = (seq: number, event: Partial<ActivityEntry>) =>
  ({ id: `${seq}-0`, instanceId: 'one', claimId: 'claim', seq, ...event }) as ActivityEntry;
const PREDECESSOR = { instanceId: 'zero', claimId: 'former', fencingToken: 6, ended: 'expired' } as const;
const CLAIMED = of(1, { type: 'claimed', fencingToken: 7, predecessor: PREDECESSOR });
const STARTED = of(2, { type: 'transition', from: 'idle', to: 'starting' });
const WARMING = of(3, { type: 'transition', from: 'starting', to: 'warming' });

function judge(happens: (check: ActivityCheck) => void, seesAll = true): string | null {
  const verdict = new Verdict();
  const check = new ActivityCheck(verdict, new Trace({ nowMs: 0 }), seesAll);
  check.appended(CLAIMED);
  check.appended(STARTED);
  happens(check);
  return verdict.violation?.message ?? null;
}

const moved = (...moves: string[]) =>
  ({ name: 'p0', instanceId: 'one', moves }) as unknown as SimulatedProcess;

describe('a log of activity', () => {
  it('tells that a claim was given back when its key is gone, and not before', () => {
    const released = of(3, { type: 'released' });
    expect(judge((check) => check.appended(released, 'claim'))).toMatch(/^release told/);
    expect(judge((check) => check.appended(released, 'another'))).toBeNull();
    expect(judge((check) => check.appended(released))).toBeNull();
    const next = [
      of(3, { type: 'claimed', claimId: 'next' }),
      of(4, { type: 'released', claimId: 'next' }),
    ] as const;
    const afterLoss = (standing: string) =>
      judge((check) => {
        check.lost();
        check.appended(next[0]);
        check.appended(next[1], standing);
        check.appended({ ...released, seq: 5 }, 'claim');
      });
    expect(afterLoss('another')).toBeNull();
    expect(afterLoss('next')).toMatch(/^release told/);
  });

  it('may get once more, after a loss, what it had before', () => {
    const found = judge((check) => {
      check.lost();
      check.appended({ ...STARTED, id: 'elsewhere' });
      check.appended(WARMING);
      check.complete(moved('idle>starting', 'starting>warming'));
    });
    expect(found).toBeNull();
  });

  it('may get a claim once more, after a loss, under another token: nobody had heard that it was granted', () => {
    const again = (claimed: Partial<ActivityEntry>) =>
      judge((check) => {
        check.lost();
        check.appended({ ...CLAIMED, fencingToken: 8, predecessor: null, ...claimed });
      });
    expect(again({})).toBeNull();
    expect(again({ claimId: 'another' })).toMatch(/^activity once/);
  });

  it('may get a claim late, after a loss, that was given up; it is one to move under', () => {
    const late = (event: ActivityEntry) =>
      judge((check) => {
        check.appended(of(4, { type: 'claimed', claimId: 'next' }));
        check.lost();
        check.appended(event);
        check.appended({ ...STARTED, seq: 5, claimId: 'late' });
      });
    expect(late(of(3, { type: 'claimed', claimId: 'late' }))).toBeNull();
    expect(late(of(3, { type: 'released', claimId: 'late' }))).toMatch(/^activity once/);
  });

  it('may have had moves that nobody saw before it was lost, where not all is seen, and from there on none', () => {
    const ACTIVE = of(5, { type: 'transition', from: 'warming', to: 'active' });
    const unseen = (check: ActivityCheck) => {
      check.lost();
      check.appended(of(4, { type: 'command-refused' }));
      check.appended(ACTIVE);
    };
    expect(judge(unseen, false)).toBeNull();
    expect(judge(unseen)).toMatch(/^activity chain/);
    expect(judge((check) => check.appended(ACTIVE), false)).toMatch(/^activity chain/);
    const again = (check: ActivityCheck) => {
      unseen(check);
      check.appended(of(7, { type: 'transition', from: 'starting', to: 'warming' }));
    };
    expect(judge(again, false)).toMatch(/^activity chain/);
  });

  it('may be told as lost, after a loss, what it had as released: nobody had answered', () => {
    const released = of(3, { type: 'released' });
    const found = judge((check) => {
      check.appended(released);
      check.lost();
      check.appended({ ...released, type: 'lost' });
    });
    expect(found).toBeNull();
  });

  it('may lack what went to a server that was deposed, also between what it has, and only then', () => {
    const elsewhere = (begin: (check: ActivityCheck) => void) => (check: ActivityCheck) => {
      begin(check);
      check.appended({ ...STARTED, id: 'here' });
      // 3 and 4, the end of that claim and the next one, went there.
      check.appended(of(5, { type: 'transition', claimId: 'next', from: 'starting', to: 'stopping' }));
    };
    expect(
      judge(
        elsewhere((check) => check.moved()),
        false,
      ),
    ).toBeNull();
    expect(
      judge(
        elsewhere((check) => check.lost()),
        false,
      ),
    ).toMatch(/^activity chain/);
    expect(judge(elsewhere((check) => check.moved()))).toMatch(/^activity chain/);
    const twice = (check: ActivityCheck) => {
      elsewhere((one) => one.moved())(check);
      check.appended(of(8, { type: 'transition', claimId: 'third', from: 'starting', to: 'stopping' }));
    };
    expect(judge(twice, false)).toMatch(/^activity chain/);
    const again = (check: ActivityCheck) => {
      for (const seq of [5, 8]) {
        check.split();
        check.appended(of(seq, { type: 'transition', claimId: `${seq}`, from: 'starting', to: 'stopping' }));
      }
    };
    expect(judge(again, false)).toBeNull();
  });

  it.each<[string, RegExp, (check: ActivityCheck) => void]>([
    ['gets nothing twice without a loss', /^activity once/, (check) => check.appended(STARTED)],
    [
      'gets nothing twice that came after the loss',
      /^activity once/,
      (check) => {
        check.lost();
        check.appended(WARMING);
        check.appended(WARMING);
      },
    ],
    [
      'gets back after a loss what it had, and nothing else in its place',
      /^activity once/,
      (check) => {
        check.lost();
        check.appended({ ...STARTED, to: 'stopping' });
      },
    ],
    [
      'is not excused by a loss for a move outside of a tenure',
      /^activity chain/,
      (check) => {
        check.lost();
        check.appended({ ...WARMING, claimId: 'another' });
      },
    ],
    [
      'is not excused by a loss for a move that is missing',
      /^activity complete/,
      (check) => {
        check.lost();
        check.complete(moved('idle>starting', 'starting>warming'));
      },
    ],
  ])('%s', (_, expected, happens) => {
    expect(judge(happens)).toMatch(expected);
  });
});
