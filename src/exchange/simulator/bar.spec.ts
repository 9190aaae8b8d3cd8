import * as fc from 'fast-check';
import { portion, splitBar, sumBars, walk } from './bar';
import { randomFor } from './random';

const anyBar = fc
  .tuple(
    fc.nat(100_000),
    fc.nat(2_000),
    fc.nat(2_000),
    fc.nat(2_000),
    fc.integer({ min: 1_000, max: 1_000_000 }),
  )
  .map(([low, first, second, more, volume]) => {
    const [open, close] = [low + 1 + first, low + 1 + second];
    return { open, close, low: low + 1, high: Math.max(open, close) + more, volume };
  });

describe('breaking a bar', () => {
  it('walks from open to close, touching high and low and never leaving them', () => {
    fc.assert(
      fc.property(anyBar, fc.integer({ min: 4, max: 200 }), fc.integer(), (bar, points, seed) => {
        const prices = walk(bar, points, 50, randomFor(seed));
        expect(prices).toHaveLength(points);
        expect([prices[0], prices.at(-1)]).toEqual([bar.open, bar.close]);
        expect([Math.min(...prices), Math.max(...prices)]).toEqual([bar.low, bar.high]);
        expect(prices.every(Number.isInteger)).toBe(true);
      }),
    );
  });

  it('makes parts whose sum is the bar', () => {
    fc.assert(
      fc.property(anyBar, fc.integer({ min: 3, max: 24 }), fc.integer(), (bar, parts, seed) => {
        const split = splitBar(bar, parts, 50, 10, randomFor(seed));
        expect(split).toHaveLength(parts);
        expect(sumBars(split)).toEqual(bar);
        expect(split.every(({ volume }) => volume >= 10)).toBe(true);
      }),
    );
  });

  it('shares a total out in whole parts, none below the least', () => {
    const anyWeights = fc.array(fc.double({ min: 0.01, max: 20, noNaN: true }), {
      minLength: 1,
      maxLength: 50,
    });
    fc.assert(
      fc.property(anyWeights, fc.nat(1_000), fc.nat(5), (weights, spare, least) => {
        const parts = portion(spare + weights.length * least, weights, least);
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(spare + weights.length * least);
        expect(parts.every((part) => Number.isInteger(part) && part >= least)).toBe(true);
      }),
    );
  });

  it('has no sum when there is nothing', () => {
    expect(sumBars([])).toBeUndefined();
  });
});
