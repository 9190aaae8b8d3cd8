import { type ErrorCode, ExchangeError } from '../../src/errors';
import type { Candle } from '../../src/exchange/candle';
import type { FencedStore, SeriesPoint } from '../../src/exchange/fenced-store';

class StoreError extends ExchangeError {
  constructor(readonly code: ErrorCode) {
    super(`the store says ${code}`);
  }
}

/** A fenced store in memory, whose failures are switched on by the test. */
export class MemoryFencedStore implements FencedStore {
  readonly series = new Map<string, Map<number, string>>();
  /** Every write that was asked for, in order. */
  readonly writes: { readonly series: string; readonly points: readonly SeriesPoint[] }[] = [];
  mode: 'up' | 'unavailable' | 'fenced-out' | 'hanging' = 'up';

  async putSeries(series: string, points: readonly SeriesPoint[], keep: number): Promise<void> {
    this.writes.push({ series, points });
    if (this.mode === 'hanging') await new Promise(() => {});
    if (this.mode === 'fenced-out') throw new StoreError('FENCED_OUT');
    if (this.mode === 'unavailable') throw new StoreError('STORE_UNAVAILABLE');
    const stored = this.series.get(series) ?? new Map<number, string>();
    for (const { at, value } of points) stored.set(at, value);
    const kept = [...stored].sort(([left], [right]) => left - right).slice(-keep);
    this.series.set(series, new Map(kept));
  }

  /** The final candles of a product, oldest first. */
  finals(product: string): Candle[] {
    return this.candles(product)
      .filter(({ final }) => final)
      .map(({ time, open, high, low, close, volume }) => ({ time, open, high, low, close, volume }));
  }

  /** The candle in progress, if one is stored. */
  open(product: string): Candle | undefined {
    return this.candles(product).find(({ final }) => !final);
  }

  private candles(product: string): (Candle & { final: boolean })[] {
    const stored = this.series.get(`candles:${product}:1m`) ?? new Map<number, string>();
    return [...stored.values()].map((value) => JSON.parse(value) as Candle & { final: boolean });
  }
}
