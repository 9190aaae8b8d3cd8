import { type Clock, delay } from '../../clock';

export interface TokenBucketOptions {
  readonly clock: Clock;
  /** How many may go at once after a rest. */
  readonly capacity: number;
  readonly perSecond: number;
}

/** Lets through at most `perSecond` requests a second, in the order they asked. */
export class TokenBucket {
  private tokens: number;
  private filledAtMs: number;
  private queue: Promise<void> = Promise.resolve();

  constructor(private readonly options: TokenBucketOptions) {
    this.tokens = options.capacity;
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
      await delay(this.options.clock, ((1 - this.tokens) * 1000) / this.options.perSecond, signal);
      this.refill();
    }
    this.tokens -= 1;
  }

  private refill(): void {
    const nowMs = this.options.clock.read().monotonicMs;
    const gained = ((nowMs - this.filledAtMs) * this.options.perSecond) / 1000;
    this.tokens = Math.min(this.options.capacity, this.tokens + gained);
    this.filledAtMs = nowMs;
  }
}
