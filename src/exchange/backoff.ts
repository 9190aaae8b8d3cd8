/** Where randomness comes from: a number from 0 (included) to 1 (excluded). Injected, so that a test chooses it. */
export type RandomSource = () => number;

export interface BackoffOptions {
  /** Upper limit of the first wait, in milliseconds; doubles with every further one. */
  readonly baseMs: number;
  /** Upper limit of every wait, in milliseconds. */
  readonly capMs: number;
  readonly random?: RandomSource;
}

/**
 * Waits that grow: anything between nothing and a limit that doubles each time ("full jitter"), so that clients
 * that failed together do not come back together.
 */
export class Backoff {
  private failures = 0;

  constructor(private readonly options: BackoffOptions) {}

  /** The wait before the next try, in milliseconds. */
  nextMs(): number {
    const { baseMs, capMs, random = Math.random } = this.options;
    // 2^30 is above every cap; more would only lose precision.
    const limitMs = Math.min(capMs, baseMs * 2 ** Math.min(this.failures, 30));
    this.failures += 1;
    return Math.floor(random() * (limitMs + 1));
  }

  /** After a success: the next wait is short again. */
  reset(): void {
    this.failures = 0;
  }
}
