/**
 * Port: the data of an exchange, written only while the writer is its newest holder.
 *
 * The check and the write are one atomic step in the store.
 */

/** One point of a series. */
export interface SeriesPoint {
  /** Position in the series and its identity: a later point with the same `at` replaces it (Unix seconds). */
  readonly at: number;
  /** Opaque to the store. */
  readonly value: string;
}

export interface FencedStore {
  /**
   * Puts points into the series `{exchange:<id>:status}:<series>` and keeps the newest `keep` of it, atomically.
   * Writing the same points again is harmless. Rejects with code `FENCED_OUT` when a newer holder exists, and
   * with `STORE_UNAVAILABLE` when it is not known whether the write happened.
   */
  putSeries(series: string, points: readonly SeriesPoint[], keep: number): Promise<void>;
}
