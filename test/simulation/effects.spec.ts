import type { Counts } from '../verification/floors';
import { LEAST_SHARE, neglected, type Effect } from './effects';

const everywhere = (worlds: number) =>
  Object.fromEntries(Object.keys(LEAST_SHARE).map((effect) => [effect, worlds])) as Counts<Effect>;

describe('the volume of a run of worlds', () => {
  const enough = { hours: 50_000, ttls: 40_000, worldsWith: everywhere(1_000) };

  it('is enough where everything happened in most of them', () => {
    expect(neglected(1_000, enough)).toEqual([]);
  });

  it('is not where a fault has lost its effect, or is hardly ever felt', () => {
    const { crash: _, ...others } = enough.worldsWith;
    const found = neglected(1_000, { ...enough, worldsWith: { ...others, 'late write refused': 249 } });
    expect(found).toEqual([
      "only 0.0 % of the worlds got to 'crash'; at least 15.0 % should",
      "only 24.9 % of the worlds got to 'late write refused'; at least 25.0 % should",
    ]);
  });

  it('is not where little time has passed', () => {
    expect(neglected(1_000, { ...enough, hours: 39_999, ttls: 24_999 })).toEqual([
      'only 24999 TTLs in 1000 worlds; at least 25000 should be',
      'only 39999 hours in 1000 worlds; at least 40000 should be',
    ]);
  });

  it('is not judged by shares where the worlds are few', () => {
    expect(neglected(10, { hours: 1, ttls: 400, worldsWith: {} })).toEqual([]);
  });
});
