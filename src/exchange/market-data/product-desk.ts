/**
 * The work on one product: events in; candles, indicators and alerts out; what was missed is read again.
 *
 * Decides when the history must be asked. Does not decide whether events are consumed (the workload does), nor
 * which candle is final (`CandleSeries`).
 */
import { type Clock, type ClockReading, delay, elapsedMs } from '../../clock';
import { Backoff, type RandomSource } from '../backoff';
import type { Candle } from '../candle';
import { CANDLE_SECONDS, type ExchangeAdapter } from '../exchange-adapter';
import type { WorkloadAlert } from '../workload';
import { alertsOf } from './alert-rules';
import { CandleSeries, type Unsettled } from './candle-series';
import type { CandleWriter } from './candle-writer';
import type { MarketEvent } from './event-buffer';
import { type IndicatorReading, IndicatorSet } from './indicator-set';
import { HISTORY_LAG_MS, HistoryBehindError } from './market-data.errors';
import type { CompiledMarketDataOptions } from './market-data.options';

export interface ProductDeskOptions {
  readonly product: string;
  readonly adapter: ExchangeAdapter;
  readonly writer: CandleWriter;
  readonly settings: CompiledMarketDataOptions;
  readonly clock: Clock;
  readonly random?: RandomSource;
  readonly raiseAlert: (alert: WorkloadAlert) => void;
  readonly recordError: (error: unknown) => void;
  /** The same for what an outage repeats without end. */
  readonly recordFailure: (error: unknown) => void;
}

/** How long the history has lacked what was seen live, and of which minutes. */
interface Lag {
  readonly since: ClockReading;
  readonly through: number;
  readings: number;
}

/** A history that could not be read for long is given so many readings all the same. */
const LEAST_READINGS = 5;

export class ProductDesk {
  readonly indicators = new IndicatorSet();
  private readonly series: CandleSeries;
  private readonly backoff: Backoff;
  /** Candles of the history that are stored and wait for the warm-up. */
  private readonly unfed: Candle[] = [];
  private lastReading: IndicatorReading | null = null;
  /** Alerts are raised, and the candle in progress is stored. */
  private live = false;
  private interruptedBy: string | null = null;
  private repairing: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;

  constructor(private readonly options: ProductDeskOptions) {
    const { settings, random } = options;
    this.series = new CandleSeries(settings);
    this.backoff = new Backoff({ baseMs: settings.retryBaseMs, capMs: settings.retryCapMs, random });
  }

  get product(): string {
    return this.options.product;
  }

  /**
   * Reads the history up to the minute of the first news, at `newsMs` by the exchange's time. Rejects when the
   * exchange does not give it.
   */
  async backfill(newsMs: number, signal: AbortSignal, onPage: (candles: number) => void): Promise<void> {
    this.series.caughtUp(newsMs);
    const range = this.series.unsettled();
    if (range === null) return;
    const history = await this.fetch(range, signal, onPage);
    const repair = this.series.repair(range, history, true);
    if (repair.kind === 'behind') return;
    this.options.writer.putFinal(this.product, repair.finals);
    this.unfed.push(...repair.finals);
  }

  /** Feeds the indicators with up to `count` more candles of the history. Returns false when all of it is fed. */
  feedHistory(count: number): boolean {
    this.feed(this.unfed.splice(0, count));
    return this.unfed.length > 0;
  }

  /** From now on alerts are raised and the candle in progress is stored. */
  goLive(): void {
    this.live = true;
  }

  handle(event: MarketEvent): void {
    switch (event.kind) {
      case 'trade':
        this.takeFinals(this.series.addTrade(event.trade));
        break;
      case 'caught-up':
        this.takeFinals(this.series.caughtUp(event.timeMs));
        break;
      case 'interruption':
        this.interrupt(event.cause);
        break;
    }
    this.showOpen();
    this.mend();
  }

  /** Trades may be missing from here on, until the next event. */
  private interrupt(cause: string): void {
    this.interruptedBy ??= cause;
    this.series.interrupt();
  }

  /** Ends a repair that is going on; the next event begins it anew. */
  async cancelRepair(): Promise<void> {
    this.repairing?.abort.abort();
    await this.repairing?.done;
  }

  private takeFinals(candles: readonly Candle[]): void {
    if (candles.length > 0) this.store(candles);
  }

  private store(candles: readonly Candle[]): void {
    this.options.writer.putFinal(this.product, candles);
    this.feed(candles);
  }

  private feed(candles: readonly Candle[]): void {
    for (const candle of candles) {
      const reading = this.indicators.add(candle);
      if (reading === null) continue;
      if (this.live) {
        for (const alert of alertsOf(this.product, this.lastReading, reading)) this.options.raiseAlert(alert);
      }
      this.lastReading = reading;
    }
  }

  private showOpen(): void {
    const open = this.live ? this.series.current() : null;
    if (open !== null) this.options.writer.putOpen(this.product, open);
  }

  private mend(): void {
    if (this.repairing !== undefined || this.series.unsettled() === null) return;
    const abort = new AbortController();
    const done = this.repair(abort.signal)
      .catch(() => {})
      .finally(() => (this.repairing = undefined));
    this.repairing = { abort, done };
  }

  /** Reads until nothing is unsettled or the signal is aborted. Rejects only because of the latter. */
  private async repair(signal: AbortSignal): Promise<void> {
    let lag: Lag | null = null;
    for (let range = this.series.unsettled(); range !== null; range = this.series.unsettled()) {
      try {
        const history = await this.fetch(range, signal);
        signal.throwIfAborted();
        if (lag !== null) lag.readings += 1;
        const limit = this.limitOf(lag);
        const asked = limit === null ? range : { ...range, through: Math.min(range.through, limit) };
        const repair = this.series.repair(asked, history, limit !== null);
        if (repair.kind === 'settled') {
          this.takeFinals(repair.finals);
          if (repair.lacks) this.giveUp(lag?.readings ?? 1);
          else this.tellRecovery(asked);
          lag = null;
          this.backoff.reset();
          continue;
        }
        lag ??= { since: this.options.clock.read(), through: range.through, readings: 1 };
      } catch (error) {
        signal.throwIfAborted();
        this.options.recordFailure(error);
      }
      await delay(this.options.clock, this.backoff.nextMs(), signal);
    }
  }

  /** The last minute that is taken as the history has it; `null`: none, it is waited for what it lacks. */
  private limitOf(lag: Lag | null): number | null {
    if (lag === null || lag.readings < LEAST_READINGS) return null;
    return elapsedMs(lag.since, this.options.clock.read()) >= HISTORY_LAG_MS ? lag.through : null;
  }

  /** Nothing is said of completeness then, unless there is more to mend. */
  private giveUp(readings: number): void {
    if (this.series.isWhole) this.interruptedBy = null;
    this.options.recordError(new HistoryBehindError(this.product, readings));
  }

  private tellRecovery(range: Unsettled): void {
    if (this.interruptedBy === null || !this.series.isWhole) return;
    const cause = this.interruptedBy;
    this.interruptedBy = null;
    if (!this.live) return;
    this.options.raiseAlert({
      name: 'feed-recovered',
      message: `${this.product}: candles are complete again after: ${cause}`,
      data: {
        product: this.product,
        cause,
        from: new Date(range.from * 1000).toISOString(),
        through: new Date(range.through * 1000).toISOString(),
      },
    });
  }

  private fetch(
    range: Unsettled,
    signal: AbortSignal,
    onPage?: (candles: number) => void,
  ): Promise<Candle[]> {
    const { adapter, product } = this.options;
    // One more, for what the minute in progress looks like so far.
    return adapter.fetchCandles({
      product,
      from: range.from,
      to: range.through + CANDLE_SECONDS,
      signal,
      onPage,
    });
  }
}
