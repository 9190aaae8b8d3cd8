import { type Clock, delay } from '../../clock';

export interface TokenBucketOptions {
  readonly clock: Clock;
  /** How many may go at once after a rest; fewer than `perSecond`. */
  readonly burst: number;
  readonly perSecond: number;
}

/**
 * Lets through at most `perSecond` requests in any one second, in the order they asked. A burst counts: it is refilled with what
 * it leaves of `perSecond`, so that a second that begins with a burst has no more. The exchange counts what arrives: the smaller
 * the refill, the more the ways there may differ.
 */
export class TokenBucket {
  private readonly refillPerSecond: number;
  private tokens: number;
  private filledAtMs: number;
  private queue: Promise<void> = Promise.resolve();

  constructor(private readonly options: TokenBucketOptions) {
    const { burst, perSecond } = options;
    if (burst < 1 || burst >= perSecond)
      throw new RangeError(`burst: ${burst} is not from 1 to less than ${perSecond} a second`);
    this.refillPerSecond = perSecond - burst;
    this.tokens = burst;
    this.filledAtMs = options.clock.read().monotonicMs;
  }

  /** Resolves when a request may go; rejects with the signal's reason when it is aborted first. */
  take(signal: AbortSignal): Promise<void> {
    const turn = this.queue.then(() => this.takeNow(signal));
    this.queue = turn.catch(() => {});
    return turn;
  }

  private async takeNow(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.refill();
    while (this.tokens < 1) {
      await delay(this.options.clock, ((1 - this.tokens) * 1000) / this.refillPerSecond, signal);
      this.refill();
    }
    this.tokens -= 1;
  }

  private refill(): void {
    const nowMs = this.options.clock.read().monotonicMs;
    const gained = ((nowMs - this.filledAtMs) * this.refillPerSecond) / 1000;
    this.tokens = Math.min(this.options.burst, this.tokens + gained);
    this.filledAtMs = nowMs;
  }
}
