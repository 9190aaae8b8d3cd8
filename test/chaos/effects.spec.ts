import { FAILPOINTS } from '../../src/failpoints';
import {
  barren,
  effectsIn,
  ENDED_IN,
  EVERY_KIND_TTLS,
  EVERY_STATE_TTLS,
  neglected,
  SOMETHING_TTLS,
  told,
} from './effects';
import type { HistoryEvent } from './history';
import { PROFILES } from './profiles';

const fault = (kind: string, made: boolean): HistoryEvent => ({ what: 'fault', pid: 0, at: 1, kind, made });
const frozen = (name: string): HistoryEvent => ({ what: 'frozen', pid: 1, at: 1, name });
const toldToEnd = (state: string): HistoryEvent => ({ what: 'told-to-end', pid: 1, at: 1, state });

const WEIGHTS = { kill: 1, terminate: 1, 'freeze-at-failpoint': 1 };
const HISTORY = [
  fault('kill', true),
  fault('kill', false),
  fault('terminate', true),
  fault('freeze-at-failpoint', false),
  toldToEnd('idle'),
];

describe('the effects of a run', () => {
  it('are counted by kind, apart from what was planned', () => {
    expect(effectsIn(HISTORY)).toMatchObject({
      made: 2,
      planned: 4,
      kinds: { kill: { made: 1, planned: 2 } },
    });
    expect(told(effectsIn([...HISTORY, frozen('claim.before-send')]))).toEqual({
      'had an effect, of those planned': 'freeze-at-failpoint 0/1, kill 1/2, terminate 1/1',
      'stood still at': 'claim.before-send 1',
      'told to end while': 'idle 1',
    });
  });

  it('neglect a kind that never had one, in a run that is long enough', () => {
    const of = (ttls: number) =>
      neglected(effectsIn(HISTORY), {
        weights: WEIGHTS,
        own: [],
        leaseTtlMs: 1_500,
        durationMs: 1_500 * ttls,
      });
    expect(of(EVERY_KIND_TTLS - 1)).toEqual([]);
    expect(of(EVERY_KIND_TTLS)).toEqual(['neglected: in 120 s no freeze-at-failpoint had an effect']);
  });

  it('neglect what the profile is there for, in a run of any length', () => {
    const of = (own: readonly string[], ...more: HistoryEvent[]) =>
      neglected(effectsIn([...HISTORY, ...more]), {
        weights: WEIGHTS,
        own,
        leaseTtlMs: 1_500,
        durationMs: 20_000,
      });
    const finding = 'neglected: in 20 s none of primary-killed, claim-lost had an effect';
    const own = ['primary-killed', 'claim-lost'];
    expect(of(own)).toEqual([finding]);
    expect(of(own, fault('claim-lost', false))).toEqual([finding]);
    expect(of(own, fault('claim-lost', true))).toEqual([]);
    expect(of([])).toEqual([]);
  });

  it('neglect a failpoint and a state that no process was hit at, in a long run', () => {
    const of = (...more: HistoryEvent[]) =>
      neglected(effectsIn([...HISTORY, ...more]), {
        weights: WEIGHTS,
        own: [],
        leaseTtlMs: 1_500,
        durationMs: 1_500 * EVERY_STATE_TTLS,
      });
    const all = [fault('freeze-at-failpoint', true), ...FAILPOINTS.map(frozen), ...ENDED_IN.map(toldToEnd)];
    expect(of(...all)).toEqual([]);
    expect(of(...all.filter(({ name }) => name !== 'stop.after-work'))).toEqual([
      'neglected: in 1500 s no process stood still at stop.after-work',
    ]);
    expect(of(...all.filter(({ state }) => state !== 'warming'))).toEqual([
      'neglected: in 1500 s no process was told to end while warming',
    ]);
  });
});

describe('what a run has to judge', () => {
  const figures = {
    claims: 2,
    acts: 400,
    'looks at Redis': 200,
    'looks with something new in the data': 20,
  };
  const of = (had: Readonly<Record<string, number>>, ttls: number = SOMETHING_TTLS) =>
    barren({ ...figures, ...had }, { leaseTtlMs: 1_500, durationMs: 1_500 * ttls });

  it('is enough where it is as much as each TTL brings at least', () => {
    expect(of({})).toEqual([]);
  });

  it.each(Object.keys(figures))('is too little where there are hardly any %s', (what) => {
    expect(of({ [what]: 1 })).toEqual([expect.stringContaining(`barren: in 60 s 1 ${what}; at least`)]);
  });

  it('is too little where there are hardly any faults, if the profile says how many', () => {
    const having = (faults: number, ttls: number, faultsInATtl?: number) =>
      barren({ ...figures, faults }, { leaseTtlMs: 1_500, durationMs: 1_500 * ttls, faultsInATtl });
    expect(having(119, 40, 3)).toEqual(['barren: in 60 s 119 faults; at least 120 should be']);
    expect(having(120, 40, 3)).toEqual([]);
    expect(having(0, 40)).toEqual([]);
    expect(having(0, 39, 3)).toEqual([]);
  });

  it('is at least 120 faults a minute in the standard profile, and as it comes in the others', () => {
    const { standard, ...others } = PROFILES;
    const { faultsInATtl, times } = standard;
    expect((60_000 / times.leaseTtlMs) * (faultsInATtl ?? 0)).toBe(120);
    expect(Object.values(others).flatMap((profile) => profile.faultsInATtl ?? [])).toEqual([]);
  });

  it('is not asked for in a short run', () => {
    expect(of({ acts: 0 }, SOMETHING_TTLS - 1)).toEqual([]);
  });
});
