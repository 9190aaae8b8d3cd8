/**
 * Brings candles into the store: a final one at once, the one in progress at most once an interval.
 *
 * One write at a time, the claim checked before each. A store that cannot be reached is tried again, with growing
 * waits, while the newest candles are kept; any other failure (`FENCED_OUT` above all) is final and reported once.
 */
import { type Clock, delay, type Timer } from '../../clock';
import { Backoff, type RandomSource } from '../backoff';
import type { Candle } from '../candle';
import type { FencedStore, SeriesPoint } from '../fenced-store';
import { CandlesDroppedError } from './market-data.errors';

export interface CandleWriterOptions {
  readonly store: FencedStore;
  readonly assertHeld: () => void;
  readonly recordError: (error: unknown) => void;
  /** The work cannot go on. Called at most once. */
  readonly onFatal: (error: unknown) => void;
  /** Ends waiting and all further writes; a write that was sent is left to itself. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random?: RandomSource;
  /** Length of a series in the store, and of what is kept for a store that is away. */
  readonly candlesKept: number;
  readonly openIntervalMs: number;
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
}

const MAX_POINTS_PER_WRITE = 200;

interface Batch {
  readonly product: string;
  readonly candles: readonly Candle[];
  readonly final: boolean;
}

export class CandleWriter {
  private readonly finals = new Map<string, Map<number, Candle>>();
  /** The latest state of each candle in progress, until the interval is over; then it is due. */
  private readonly open = new Map<string, Candle>();
  private readonly dueOpen = new Map<string, Candle>();
  private readonly backoff: Backoff;
  private writing: Promise<void> | undefined;
  private timer: Timer | undefined;
  private held = false;
  private failed = false;
  /** Since the first write that failed, until one succeeds. A loss of candles is told once of it, not once per candle. */
  private outage: { dropIsTold: boolean } | null = null;

  constructor(private readonly options: CandleWriterOptions) {
    this.backoff = new Backoff({
      baseMs: options.retryBaseMs,
      capMs: options.retryCapMs,
      random: options.random,
    });
  }

  putFinal(product: string, candles: readonly Candle[]): void {
    if (candles.length === 0) return;
    const pending = this.finals.get(product) ?? new Map<number, Candle>();
    this.finals.set(product, pending);
    for (const candle of candles) pending.set(candle.time, candle);
    if (pending.size > this.options.candlesKept) this.dropOldest(product, pending);
    for (const open of [this.open, this.dueOpen]) {
      if (pending.has(open.get(product)?.time ?? Number.NaN)) open.delete(product);
    }
    this.write();
  }

  /** The candle in progress; only the latest counts. */
  putOpen(product: string, candle: Candle): void {
    this.open.set(product, candle);
    this.timer ??= this.options.clock.setTimer(this.options.openIntervalMs, () => {
      this.timer = undefined;
      for (const [name, latest] of this.open) this.dueOpen.set(name, latest);
      this.open.clear();
      this.write();
    });
  }

  /** Writes nothing until `release`; what comes meanwhile is kept. */
  hold(): void {
    this.held = true;
  }

  release(): void {
    this.held = false;
    this.write();
  }

  /** Resolves when every final candle is stored, or nothing is being written (held, failed, aborted). */
  async settled(): Promise<void> {
    while (this.writing !== undefined) await this.writing;
  }

  /** Cancels the timer; to be called when the signal is aborted. */
  stop(): void {
    this.timer?.cancel();
  }

  private write(): void {
    this.writing ??= this.writeAll().finally(() => {
      this.writing = undefined;
      if (this.nextBatch() !== null) this.write();
    });
  }

  /** Never rejects. */
  private async writeAll(): Promise<void> {
    for (let batch = this.nextBatch(); batch !== null; batch = this.nextBatch()) {
      try {
        this.options.assertHeld();
        await this.options.store.putSeries(
          `candles:${batch.product}:1m`,
          batch.candles.map((candle) => pointOf(candle, batch.final)),
          this.options.candlesKept,
        );
        this.backoff.reset();
        this.outage = null;
        this.forget(batch);
      } catch (error) {
        if (this.options.signal.aborted) return;
        if (!isUnavailable(error)) return this.fail(error);
        this.outage ??= { dropIsTold: false };
        this.options.recordError(error);
        await delay(this.options.clock, this.backoff.nextMs(), this.options.signal).catch(() => {});
      }
    }
  }

  private nextBatch(): Batch | null {
    if (this.held || this.failed || this.options.signal.aborted) return null;
    for (const [product, pending] of this.finals) {
      if (pending.size === 0) continue;
      const candles = [...pending.values()].sort((left, right) => left.time - right.time);
      return { product, candles: candles.slice(0, MAX_POINTS_PER_WRITE), final: true };
    }
    for (const [product, candle] of this.dueOpen) return { product, candles: [candle], final: false };
    return null;
  }

  /** Forgets what was written, unless it was replaced meanwhile. */
  private forget({ product, candles, final }: Batch): void {
    const pending = this.finals.get(product);
    for (const candle of candles) {
      if (final && pending?.get(candle.time) === candle) pending.delete(candle.time);
      if (!final && this.dueOpen.get(product) === candle) this.dueOpen.delete(product);
    }
  }

  /** The store would not keep them either: worth a word only when it is away. */
  private dropOldest(product: string, pending: Map<number, Candle>): void {
    const oldestFirst = [...pending.keys()].sort((left, right) => left - right);
    for (const time of oldestFirst.slice(0, pending.size - this.options.candlesKept)) pending.delete(time);
    if (this.outage === null || this.outage.dropIsTold) return;
    this.outage.dropIsTold = true;
    this.options.recordError(new CandlesDroppedError(product, this.options.candlesKept));
  }

  private fail(error: unknown): void {
    this.failed = true;
    this.options.onFatal(error);
  }
}

function pointOf(candle: Candle, final: boolean): SeriesPoint {
  return { at: candle.time, value: JSON.stringify({ ...candle, final }) };
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'STORE_UNAVAILABLE';
}
