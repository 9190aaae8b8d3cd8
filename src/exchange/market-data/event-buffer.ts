import type { Trade } from '../exchange-adapter';

/** What a feed says about a product, in order. */
export type MarketEvent =
  | { readonly kind: 'trade'; readonly product: string; readonly trade: Trade }
  | { readonly kind: 'caught-up'; readonly product: string; readonly timeMs: number }
  /** Trades may have been missed here. */
  | { readonly kind: 'interruption'; readonly product: string; readonly cause: string };

/**
 * Keeps what arrives before it can be used, in order and within bounds: when it overflows, everything is forgotten
 * but that something was, and what was missed is read from the history.
 */
export class EventBuffer {
  private events: MarketEvent[] = [];
  private from = 0;

  constructor(private readonly limit: number) {}

  get length(): number {
    return this.events.length - this.from;
  }

  push(event: MarketEvent): void {
    const last = this.events.at(-1);
    // Only the latest word of how far a quiet product has come matters.
    if (
      this.length > 0 &&
      event.kind === 'caught-up' &&
      last?.kind === event.kind &&
      last.product === event.product
    ) {
      this.events[this.events.length - 1] = event;
      return;
    }
    if (this.length >= this.limit) this.overflow();
    this.events.push(event);
  }

  /** Removes and returns the oldest events, `count` at most. */
  take(count: number): MarketEvent[] {
    const taken = this.events.slice(this.from, this.from + count);
    this.from += taken.length;
    if (this.from > this.limit / 2 || this.length === 0) {
      this.events = this.events.slice(this.from);
      this.from = 0;
    }
    return taken;
  }

  clear(): void {
    this.events = [];
    this.from = 0;
  }

  private overflow(): void {
    const products = new Set(this.events.map((event) => event.product));
    this.events = [...products].map((product) => ({
      kind: 'interruption' as const,
      product,
      cause: `more than ${this.limit} events were waiting`,
    }));
    this.from = 0;
  }
}
