import type { IndicatorSet } from './indicator-set';

export interface Warmth {
  /** Candles fed and needed until every indicator of every product is stable. */
  readonly fed: number;
  readonly needed: number;
  /** A product that is not warm, with its unstable indicators; `null` when all are. */
  readonly coldest: string | null;
}

export function warmthOf(
  desks: readonly { readonly product: string; readonly indicators: IndicatorSet }[],
): Warmth {
  const cold = desks.find(({ indicators }) => !indicators.isWarm);
  return {
    fed: sum(desks.map(({ indicators }) => Math.min(indicators.fedInputs, indicators.neededInputs))),
    needed: sum(desks.map(({ indicators }) => indicators.neededInputs)),
    coldest: cold === undefined ? null : `${cold.product} ${cold.indicators.unstable.join(', ')}`,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
