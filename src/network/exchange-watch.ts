/**
 * Looks at every exchange again and again while somebody wants to see changes, and never while nobody does.
 *
 * Finds what leaves no entry in an activity log: a claim that ran out in silence, heartbeats, progress, whatever an
 * outsider writes. All readers share each look. Not guaranteed: what came and went between two looks.
 */
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Clock, Timer } from '../clock';
import { CLOCK } from '../registry/registry.tokens';
import { ExchangeDirectory } from './exchange-directory';
import type { ExchangeView } from './exchange-view';

/** Longest time between two looks. */
export const LOOK_INTERVAL_MS = 2_000;
/** What happens in a burst is seen in one look. */
export const LOOK_SOON_MS = 100;

export interface WatchReader {
  /** Every exchange of the catalogue, changed or not. */
  onLook(exchanges: readonly ExchangeView[]): void;
  /** The store gave no answer: what was last seen may no longer be so. */
  onSilence(): void;
}

@Injectable()
export class ExchangeWatch implements OnModuleDestroy {
  readonly #readers = new Set<WatchReader>();
  /** Settles, never rejects, when the look under way has ended. */
  #underWay: Promise<unknown> = Promise.resolve();
  /** The look that begins then. */
  #queued: Promise<void> | null = null;
  #next: { readonly timer: Timer; readonly dueMs: number } | null = null;

  constructor(
    private readonly directory: ExchangeDirectory,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** True while there is a reader. */
  get running(): boolean {
    return this.#readers.size > 0;
  }

  onModuleDestroy(): void {
    this.#readers.clear();
    this.#cancelNext();
  }

  /**
   * Resolves after the reader's first look, which begins after this call. Rejects with `StoreUnavailableError`; the reader
   * stays until it leaves.
   */
  join(reader: WatchReader): Promise<void> {
    this.#readers.add(reader);
    return this.#look();
  }

  leave(reader: WatchReader): void {
    this.#readers.delete(reader);
    if (!this.running) this.#cancelNext();
  }

  /** Something has happened: the next look need not wait for its turn. */
  lookSoon(): void {
    this.#schedule(LOOK_SOON_MS);
  }

  /** Looks never overlap, so none is older than the one before; who asks while one is under way shares the next. */
  #look(): Promise<void> {
    if (this.#queued !== null) return this.#queued;
    const look = this.#underWay.then(() => {
      this.#queued = null;
      return this.#lookNow();
    });
    this.#queued = look;
    this.#underWay = look.catch(() => undefined);
    return look;
  }

  async #lookNow(): Promise<void> {
    this.#cancelNext();
    let delayMs = LOOK_INTERVAL_MS;
    try {
      const exchanges = await this.directory.list();
      delayMs = Math.min(LOOK_INTERVAL_MS, untilFirstExpiry(exchanges));
      for (const reader of this.#readers) reader.onLook(exchanges);
    } catch (error) {
      for (const reader of this.#readers) reader.onSilence();
      throw error;
    } finally {
      this.#schedule(delayMs);
    }
  }

  /** Keeps an earlier appointment. */
  #schedule(delayMs: number): void {
    const dueMs = this.clock.read().monotonicMs + delayMs;
    if (!this.running || (this.#next !== null && this.#next.dueMs <= dueMs)) return;
    this.#cancelNext();
    // A failed look has told the readers already.
    const timer = this.clock.setTimer(delayMs, () => void this.#look().catch(() => undefined));
    this.#next = { timer, dueMs };
  }

  #cancelNext(): void {
    this.#next?.timer.cancel();
    this.#next = null;
  }
}

/** Milliseconds until the first claim will have run out unless it is renewed. */
function untilFirstExpiry(exchanges: readonly ExchangeView[]): number {
  const expiries = exchanges.flatMap(({ expiresInMs }) => (expiresInMs === null ? [] : [expiresInMs]));
  return Math.max(LOOK_SOON_MS, Math.min(...expiries) + 1);
}
