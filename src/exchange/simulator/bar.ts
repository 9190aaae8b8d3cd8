/**
 * Breaking a bar (open, high, low, close, volume) into smaller ones, or into trades, so that they add up to it.
 *
 * Working from the large to the small is what makes history cheap: a day is known without its 250,000 trades, and
 * the trades of one minute without those of any other. Everything is in whole numbers, ticks of price and units
 * of size, so that "adds up" means exactly.
 */
import { drawNormal, type Random } from './random';

export interface Bar {
  /** Prices in ticks of the product. */
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** In size units. */
  readonly volume: number;
}

/** Keeps a price within bounds by reflecting it: a walk that was only cut off would stick to them. */
function within(price: number, low: number, high: number): number {
  const reflected = price < low ? 2 * low - price : price > high ? 2 * high - price : price;
  return Math.min(high, Math.max(low, reflected));
}

/**
 * A random walk of `points` (4 or more) prices that begins at the bar's open, ends at its close, touches its high
 * and its low, and never leaves them. `step` is the typical difference between neighbours, in ticks.
 */
export function walk(bar: Bar, points: number, step: number, random: Random): number[] {
  const inner = points - 2;
  const highAt = Math.floor(random() * inner);
  const lowAt = (highAt + 1 + Math.floor(random() * (inner - 1))) % inner;
  const anchors = new Map<number, number>([[points - 1, bar.close]]);
  if (bar.high > Math.max(bar.open, bar.close)) anchors.set(highAt + 1, bar.high);
  if (bar.low < Math.min(bar.open, bar.close)) anchors.set(lowAt + 1, bar.low);

  const prices = [bar.open];
  let from = bar.open;
  for (const [at, target] of [...anchors].sort(([left], [right]) => left - right)) {
    while (prices.length < at) {
      const stepsLeft = at - prices.length + 1;
      const noise = drawNormal(random) * step * Math.sqrt((stepsLeft - 1) / stepsLeft);
      from = within(Math.round(from + (target - from) / stepsLeft + noise), bar.low, bar.high);
      prices.push(from);
    }
    from = target;
    prices.push(target);
  }
  return prices;
}

/**
 * One whole number for each weight, in proportion to it but at least `least`, that together are `total`. Asks for
 * positive weights and for `total` to be enough.
 */
export function portion(total: number, weights: readonly number[], least: number): number[] {
  const weightOfAll = weights.reduce((sum, weight) => sum + weight, 0);
  const spare = total - weights.length * least;
  let weightSoFar = 0;
  let givenSoFar = 0;
  return weights.map((weight, at) => {
    weightSoFar += weight;
    const upTo =
      at === weights.length - 1 ? spare : Math.min(spare, Math.round((spare * weightSoFar) / weightOfAll));
    const part = least + upTo - givenSoFar;
    givenSoFar = upTo;
    return part;
  });
}

/** How far a bar goes beyond its open and close, in ticks. */
export function reach(step: number, random: Random): number {
  return Math.round(Math.abs(drawNormal(random)) * step * 0.5);
}

/** `parts` (3 or more) bars one after the other whose sum is `bar`; each has at least `leastVolume`. */
export function splitBar(bar: Bar, parts: number, step: number, leastVolume: number, random: Random): Bar[] {
  const edges = walk(bar, parts + 1, step, random);
  const weights = Array.from({ length: parts }, () => 0.4 + random());
  const volumes = portion(bar.volume, weights, leastVolume);
  return volumes.map((volume, at) => {
    const open = edges[at] ?? bar.open;
    const close = edges[at + 1] ?? bar.close;
    const high = Math.min(bar.high, Math.max(open, close) + reach(step, random));
    const low = Math.max(bar.low, Math.min(open, close) - reach(step, random));
    return { open, high, low, close, volume };
  });
}

/** The bar of consecutive bars; `undefined` when there are none. */
export function sumBars(bars: readonly Bar[]): Bar | undefined {
  const first = bars[0];
  if (first === undefined) return undefined;
  return bars.slice(1).reduce(
    (sum, bar) => ({
      open: sum.open,
      high: Math.max(sum.high, bar.high),
      low: Math.min(sum.low, bar.low),
      close: bar.close,
      volume: sum.volume + bar.volume,
    }),
    first,
  );
}
