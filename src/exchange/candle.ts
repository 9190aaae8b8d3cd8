/** One candle of a product. Prices and volume as numbers in the product's quote and base currency. */
export interface Candle {
  /** Open time, Unix seconds, a whole multiple of the granularity. */
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}
