import { endLimitMs } from './app.run';
import { compileOptions } from './registry/registry.options';

describe('the limit of an orderly end', () => {
  it('is 40 s at the defaults', () => {
    expect(endLimitMs(compileOptions({}))).toBe(40_000);
  });

  it('leaves room for the last commands of a Redis that does not answer, however long they may take', () => {
    const times = { stopTimeoutMs: 1_000, safetyMarginMs: 1_000, commandTimeoutMs: 7_000 };
    // Measured: the end of an instance with these settings, its Redis frozen, takes some 20 s.
    expect(endLimitMs(times)).toBeGreaterThan(45_000);
  });
});
