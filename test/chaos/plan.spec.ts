import { Draw } from '../simulation/draw';
import { EVERY_KIND_TTLS } from './effects';
import { FAILPOINTS } from '../../src/failpoints';
import { KINDS, plan } from './plan';
import { PROFILES } from './profiles';

const OPTIONS = { leaseTtlMs: 1_500, slots: 4, meanGapMs: 200 };
const planned = (seed: number, ttls: number) =>
  plan(new Draw(seed, 'plan'), { ...OPTIONS, durationMs: ttls * OPTIONS.leaseTtlMs });

describe('the plan of the faults', () => {
  it('is the same for the same seed', () => {
    expect(planned(1, EVERY_KIND_TTLS)).toEqual(planned(1, EVERY_KIND_TTLS));
    expect(planned(1, EVERY_KIND_TTLS)).not.toEqual(planned(2, EVERY_KIND_TTLS));
  });

  it('has each kind a few times in a run that has to show an effect of each', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const kinds = planned(seed, EVERY_KIND_TTLS).map(({ kind }) => kind);
      for (const kind of Object.keys(KINDS))
        expect(kinds.filter((each) => each === kind).length).toBeGreaterThanOrEqual(4);
    }
  });

  it.each(['sentinel', 'cluster', 'clocks', 'redis-clock'] as const)(
    'begins with what the profile %s is there for, and has more of it, in 20 s too',
    (name) => {
      const { times, weights, meanGapMs, own } = PROFILES[name];
      const { leaseTtlMs } = times;
      for (let seed = 1; seed <= 20; seed += 1) {
        const options = { durationMs: 20_000, leaseTtlMs, slots: 4, meanGapMs, weights, own };
        const kinds = plan(new Draw(seed, 'plan'), options).map(({ kind }) => kind);
        expect(own).toContain(kinds[0]);
        expect(kinds.filter((kind) => own.includes(kind)).length).toBeGreaterThan(1);
      }
    },
  );

  it('tries every failpoint before it tries one again', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const places = planned(seed, EVERY_KIND_TTLS)
        .filter(({ kind }) => kind === 'freeze-at-failpoint')
        .map(({ failpoint }) => failpoint);
      expect(places.length).toBeGreaterThan(2 * FAILPOINTS.length);
      for (let from = 0; from + FAILPOINTS.length <= places.length; from += FAILPOINTS.length)
        expect(new Set(places.slice(from, from + FAILPOINTS.length)).size).toBe(FAILPOINTS.length);
    }
  });
});
