import type { Clock } from '../../clock';
import type { RandomSource } from '../backoff';
import type { CoinbaseTimings } from '../coinbase/coinbase.timings';

/** What a market-data workload may be told. Everything has a default; times in milliseconds. */
export interface MarketDataOptions {
  /** One-minute candles read at the start, per product. The minute in progress is one more; a page of the exchange has 300. */
  readonly historyMinutes?: number;
  /** Length of the stored series, per product. */
  readonly candlesKept?: number;
  /** How often the candle in progress is stored, per product. */
  readonly openIntervalMs?: number;
  /** How long after its end a minute is read from the history; exchanges need a moment to complete it. */
  readonly settleMs?: number;
  /** How long the first news of a subscribed product may take. */
  readonly firstNewsMs?: number;
  /** How long `stop` waits for open writes. */
  readonly drainMs?: number;
  /** Events kept while they cannot be used; beyond, they are read from the history instead. */
  readonly maxBufferedEvents?: number;
  /** First and longest wait after a failure of the store or of a repair. */
  readonly retryBaseMs?: number;
  readonly retryCapMs?: number;
  /** Departures from the adapter's own limits and waits. */
  readonly timings?: Partial<CoinbaseTimings>;
  readonly clock?: Clock;
  readonly random?: RandomSource;
}

export type CompiledMarketDataOptions = Required<Omit<MarketDataOptions, 'clock' | 'random' | 'timings'>>;

export function compileMarketDataOptions(options: MarketDataOptions): CompiledMarketDataOptions {
  return Object.freeze({
    historyMinutes: options.historyMinutes ?? 299,
    candlesKept: options.candlesKept ?? 1_440,
    openIntervalMs: options.openIntervalMs ?? 1_000,
    settleMs: options.settleMs ?? 2_000,
    firstNewsMs: options.firstNewsMs ?? 30_000,
    drainMs: options.drainMs ?? 2_000,
    maxBufferedEvents: options.maxBufferedEvents ?? 50_000,
    retryBaseMs: options.retryBaseMs ?? 500,
    retryCapMs: options.retryCapMs ?? 15_000,
  });
}
