import { Backoff } from './backoff';

describe('backoff', () => {
  it('doubles the limit of the wait up to the cap', () => {
    const backoff = new Backoff({ baseMs: 100, capMs: 1_000, random: () => 0.999_999 });
    expect(Array.from({ length: 6 }, () => backoff.nextMs())).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it('may wait any time below the limit, down to none', () => {
    const backoff = new Backoff({ baseMs: 100, capMs: 1_000, random: () => 0 });
    expect([backoff.nextMs(), backoff.nextMs()]).toEqual([0, 0]);
  });

  it('begins again after a success', () => {
    const backoff = new Backoff({ baseMs: 100, capMs: 1_000, random: () => 0.5 });
    backoff.nextMs();
    backoff.nextMs();
    backoff.reset();
    expect(backoff.nextMs()).toBe(50);
  });

  it('stays at the cap however long an outage lasts', () => {
    const backoff = new Backoff({ baseMs: 100, capMs: 1_000, random: () => 0.999_999 });
    const waits = Array.from({ length: 5_000 }, () => backoff.nextMs());
    expect(Math.max(...waits)).toBe(1_000);
    expect(waits.at(-1)).toBe(1_000);
  });
});
