import { RequestRate } from './request-rate';

function admit(limit: RequestRate, times: number): boolean[] {
  return Array.from({ length: times }, () => limit.admit('a'));
}

describe('RequestRate', () => {
  let nowMs = 0;
  const rate = () => new RequestRate(3, () => nowMs);

  beforeEach(() => {
    nowMs = 5_000;
  });

  it('admits as many as it may in one second, and no more', () => {
    expect(admit(rate(), 5)).toEqual([true, true, true, false, false]);
  });

  it('admits again one second after the first, not at the turn of the clock second', () => {
    const limit = rate();
    nowMs = 5_900;
    admit(limit, 3);
    nowMs = 6_899;
    expect(limit.admit('a')).toBe(false);
    nowMs = 6_900;
    expect(limit.admit('a')).toBe(true);
  });

  it('counts every client for itself', () => {
    const limit = rate();
    admit(limit, 3);
    expect(limit.admit('a')).toBe(false);
    expect(limit.admit('b')).toBe(true);
  });

  it('admits after a clock was set back', () => {
    const limit = rate();
    admit(limit, 3);
    nowMs = 1_000;
    expect(limit.admit('a')).toBe(true);
  });
});
