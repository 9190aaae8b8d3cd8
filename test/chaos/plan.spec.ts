import { Draw } from '../simulation/draw';
import { EVERY_KIND_TTLS } from './effects';
import { KINDS, plan } from './plan';

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
});
