/** Limits and waits of the Coinbase adapter. Times in milliseconds. */
export interface CoinbaseTimings {
  readonly requestTimeoutMs: number;
  /**
   * In any one second; more than 2. The exchange allows 10 and counts what arrives: with 8, requests may be held up half a second
   * longer than others on the way, with 10 an eighth.
   */
  readonly requestsPerSecond: number;
  /** Tries of one REST request, the first included. */
  readonly maxAttempts: number;
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
  /** A longer `Retry-After` is cut to this. */
  readonly retryAfterCapMs: number;
  /** From dialling to an open socket. */
  readonly connectTimeoutMs: number;
  /** From an open socket to a confirmed subscription; the exchange itself allows 5 s for asking. */
  readonly subscribeTimeoutMs: number;
  /** A product without a heartbeat (one a second) for this long means a dead feed. */
  readonly stallMs: number;
  readonly reconnectBaseMs: number;
  readonly reconnectCapMs: number;
  /** Tries to open the feed before `openFeed` rejects; once open, it is mended for ever. */
  readonly openAttempts: number;
  /** For the closing handshake of the socket; then it is cut. */
  readonly closeTimeoutMs: number;
}

export const COINBASE_TIMINGS: CoinbaseTimings = {
  requestTimeoutMs: 10_000,
  requestsPerSecond: 8,
  maxAttempts: 5,
  retryBaseMs: 250,
  retryCapMs: 10_000,
  retryAfterCapMs: 60_000,
  connectTimeoutMs: 10_000,
  subscribeTimeoutMs: 5_000,
  stallMs: 10_000,
  reconnectBaseMs: 500,
  reconnectCapMs: 30_000,
  openAttempts: 3,
  closeTimeoutMs: 500,
};
