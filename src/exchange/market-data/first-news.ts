import { type Clock, delay } from '../../clock';
import type { MarketEvent } from './event-buffer';
import { ProductSilentError } from './market-data.errors';

/**
 * Waits until every product has been heard of. Its first news tells the exchange's own time, by which the history is
 * cut: the clock of this machine may be wrong.
 */
export class FirstNews {
  private readonly times = new Map<string, number>();
  private onNews: () => void = () => {};

  constructor(private readonly products: readonly string[]) {}

  note(event: MarketEvent): void {
    if (event.kind === 'interruption' || this.times.has(event.product)) return;
    this.times.set(event.product, event.kind === 'trade' ? event.trade.timeMs : event.timeMs);
    this.onNews();
  }

  /** The exchange's time at the product's first news, Unix milliseconds. */
  timeOf(product: string): number {
    return this.times.get(product) ?? 0;
  }

  /**
   * `onProgress` hears how many products have spoken and one that has not. Rejects with `ProductSilentError` after
   * `limitMs`, or with the signal's reason.
   */
  async wait(
    clock: Clock,
    limitMs: number,
    signal: AbortSignal,
    onProgress: (heard: number, silent: string | null) => void,
  ): Promise<void> {
    const complete = new AbortController();
    const abort = () => complete.abort();
    signal.addEventListener('abort', abort, { once: true });
    this.onNews = () => {
      onProgress(this.times.size, this.silent[0] ?? null);
      if (this.silent.length === 0) complete.abort();
    };
    this.onNews();
    await delay(clock, limitMs, complete.signal).catch(() => {});
    this.onNews = () => {};
    signal.removeEventListener('abort', abort);
    signal.throwIfAborted();
    if (this.silent.length > 0) throw new ProductSilentError(this.silent, limitMs);
  }

  private get silent(): string[] {
    return this.products.filter((product) => !this.times.has(product));
  }
}
