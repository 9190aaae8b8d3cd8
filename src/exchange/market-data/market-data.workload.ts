/**
 * Market data of one exchange: connect, backfill, warm the indicators, then live candles and alerts.
 *
 * Order of the start: subscribe first and keep what comes, read the history then, and replay what was kept. Nothing
 * is counted twice and nothing is left out (`CandleSeries` says why). Ends by `stop`, by the context's signal, or by a
 * failure it cannot survive: a newer holder (`FENCED_OUT`), or a claim that can no longer be proven. Everything else
 * is mended inside and recorded. Does not decide whether it may run; it asks before every effect.
 */
import { type Clock, delay } from '../../clock';
import type { AdapterFactory } from '../adapter.factory';
import type { RandomSource } from '../backoff';
import type { ExchangeAdapter, Feed } from '../exchange-adapter';
import type { Venue, VenueOpener } from '../venue';
import type { Workload, WorkloadContext } from '../workload';
import { CandleWriter } from './candle-writer';
import { EventBuffer, type MarketEvent } from './event-buffer';
import { feedListener } from './feed.listener';
import { FirstNews } from './first-news';
import { WorkloadStoppedError } from './market-data.errors';
import type { CompiledMarketDataOptions } from './market-data.options';
import { ProductDesk } from './product-desk';
import { StartupReport } from './startup-report';

const EVENTS_PER_TURN = 500;

export interface MarketDataWorkloadOptions {
  readonly openVenue: VenueOpener;
  readonly adapters: AdapterFactory;
  readonly adapterOptions: Omit<
    Parameters<AdapterFactory['create']>[1],
    'restUrl' | 'wsUrl' | 'clientName' | 'onRetry'
  >;
  readonly settings: CompiledMarketDataOptions;
  readonly clock: Clock;
  readonly random?: RandomSource;
}

export class MarketDataWorkload implements Workload {
  /** Aborted when everything of this workload must end. */
  private readonly ending = new AbortController();
  private readonly buffer: EventBuffer;
  private readonly desks = new Map<string, ProductDesk>();
  private firstNews = new FirstNews([]);
  private venue: Venue | undefined;
  private adapter: ExchangeAdapter | undefined;
  private feed: Feed | undefined;
  private writer: CandleWriter | undefined;
  private report: StartupReport | undefined;
  private starting: Promise<void> | undefined;
  private replaying: Promise<void> | undefined;
  private stopping: Promise<void> | undefined;
  private failure: { readonly error: unknown } | undefined;
  private consuming = false;
  private paused = false;

  constructor(private readonly options: MarketDataWorkloadOptions) {
    this.buffer = new EventBuffer(options.settings.maxBufferedEvents);
  }

  get queueDepth(): number {
    return this.buffer.length;
  }

  get connected(): boolean {
    return this.feed?.connected ?? false;
  }

  start(context: WorkloadContext): Promise<void> {
    this.starting = this.connectAndBackfill(context).catch((error: unknown) => {
      this.end(error);
      throw error;
    });
    return this.starting;
  }

  async warmUp(): Promise<void> {
    for (;;) {
      this.throwIfOver();
      const desks = [...this.desks.values()];
      const cold = desks.find((desk) => !desk.indicators.isWarm);
      const done = desks.map(({ indicators }) => Math.min(indicators.fedInputs, indicators.neededInputs));
      const needed = desks.map(({ indicators }) => indicators.neededInputs);
      const item = cold === undefined ? null : `${cold.product} ${cold.indicators.unstable[0] ?? ''}`.trim();
      this.report?.show('indicators', sum(done), sum(needed), item);
      if (cold === undefined) return;
      // The exchange has too little history of this product: the rest comes minute by minute.
      this.consume();
      await delay(this.options.clock, this.options.settings.openIntervalMs, this.ending.signal).catch(
        () => {},
      );
    }
  }

  async run(): Promise<void> {
    this.throwIfFailed();
    for (const desk of this.desks.values()) desk.goLive();
    this.consume();
    await aborted(this.ending.signal);
    this.throwIfFailed();
  }

  pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.buffer.clear();
    this.writer?.hold();
    for (const desk of this.desks.values()) void desk.cancelRepair();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    for (const desk of this.desks.values()) desk.interrupt('pause');
    this.writer?.release();
  }

  stop(): Promise<void> {
    this.stopping ??= this.stopEverything();
    return this.stopping;
  }

  private async connectAndBackfill(context: WorkloadContext): Promise<void> {
    const { signal } = context;
    signal.addEventListener('abort', () => this.end(signal.reason), { once: true });
    if (signal.aborted) this.end(signal.reason);
    this.throwIfOver();
    this.report = new StartupReport((progress) => context.reportProgress(progress));
    const { exchange } = context;
    this.report.show('connect', 0, exchange.symbols.length, exchange.displayName);
    context.assertHeld();
    this.venue = await this.options.openVenue(exchange);
    this.throwIfOver();
    this.prepare(context, this.venue);
    await this.connect(context);
    await this.backfill(context);
    await this.writer?.settled();
    this.throwIfOver();
    context.setSymbolCount(this.desks.size);
  }

  private prepare(context: WorkloadContext, venue: Venue): void {
    const { adapters, adapterOptions, settings, clock, random } = this.options;
    const { restUrl, wsUrl, clientName } = venue;
    const recordError = (error: unknown) => context.recordError(error);
    const adapter = adapters.create(context.exchange, {
      ...adapterOptions,
      restUrl,
      wsUrl,
      ...(clientName === undefined ? {} : { clientName }),
      onRetry: recordError,
    });
    const writer = new CandleWriter({
      ...settings,
      store: context.store,
      assertHeld: () => context.assertHeld(),
      recordError,
      onFatal: (error) => this.fail(error),
      signal: this.ending.signal,
      clock,
      random,
    });
    if (this.paused) writer.hold();
    const raiseAlert: WorkloadContext['raiseAlert'] = (alert) => {
      if (this.isStillHeld(context)) context.raiseAlert(alert);
    };
    for (const product of context.exchange.symbols) {
      const desk = new ProductDesk({
        product,
        adapter,
        writer,
        settings,
        clock,
        random,
        raiseAlert,
        recordError,
      });
      this.desks.set(product, desk);
    }
    this.adapter = adapter;
    this.writer = writer;
  }

  private async connect(context: WorkloadContext): Promise<void> {
    const products = context.exchange.symbols;
    this.firstNews = new FirstNews(products);
    const listener = feedListener(products, {
      onEvent: (event) => this.take(event),
      recordError: (error) => context.recordError(error),
    });
    const feed = await this.adapter?.openFeed(products, {
      signal: this.ending.signal,
      assertHeld: () => context.assertHeld(),
      listener,
    });
    this.feed = feed;
    feed?.ended.catch((error: unknown) => this.fail(error));
    const { clock, settings } = this.options;
    await this.firstNews.wait(clock, settings.firstNewsMs, this.ending.signal, (heard, silent) =>
      this.report?.show('connect', heard, products.length, silent),
    );
  }

  private async backfill(context: WorkloadContext): Promise<void> {
    const { historyMinutes } = this.options.settings;
    const total = this.desks.size * historyMinutes;
    let done = 0;
    for (const desk of this.desks.values()) {
      this.report?.show('backfill', done, total, desk.product);
      context.assertHeld();
      await desk.backfill(this.firstNews.timeOf(desk.product), this.ending.signal, (candles) => {
        this.report?.show('backfill', Math.min(total, done + candles), total, desk.product);
      });
      this.throwIfOver();
      done += historyMinutes;
    }
    this.report?.show('backfill', total, total, null);
  }

  private take(event: MarketEvent): void {
    if (this.ending.signal.aborted || this.stopping !== undefined) return;
    this.firstNews.note(event);
    if (this.paused) return;
    if (this.consuming && this.replaying === undefined) this.desks.get(event.product)?.handle(event);
    else this.buffer.push(event);
  }

  private consume(): void {
    if (this.consuming) return;
    this.consuming = true;
    this.replaying = this.replay().finally(() => (this.replaying = undefined));
  }

  /** Works off what was kept, a part per turn of the event loop; events that come meanwhile queue behind. */
  private async replay(): Promise<void> {
    while (this.buffer.length > 0 && !this.ending.signal.aborted) {
      for (const event of this.buffer.take(EVENTS_PER_TURN)) this.desks.get(event.product)?.handle(event);
      if (this.buffer.length > 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private async stopEverything(): Promise<void> {
    const { clock, settings } = this.options;
    this.consuming = false;
    this.buffer.clear();
    if (this.writer !== undefined && !this.ending.signal.aborted) {
      const limit = delay(clock, settings.drainMs, this.ending.signal).catch(() => {});
      await Promise.race([this.writer.settled(), limit]);
    }
    this.end(new WorkloadStoppedError());
    await this.starting?.catch(() => {});
    this.writer?.stop();
    await Promise.all([...this.desks.values()].map((desk) => desk.cancelRepair()));
    await this.replaying;
    await this.adapter?.close();
    await this.venue?.close();
  }

  private isStillHeld(context: WorkloadContext): boolean {
    if (this.ending.signal.aborted || this.paused) return false;
    try {
      context.assertHeld();
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    }
  }

  private fail(error: unknown): void {
    if (this.ending.signal.aborted) return;
    this.failure = { error };
    this.end(error);
  }

  private end(reason: unknown): void {
    this.ending.abort(reason);
    for (const desk of this.desks.values()) void desk.cancelRepair();
    this.writer?.stop();
  }

  private throwIfFailed(): void {
    if (this.failure !== undefined) throw this.failure.error;
  }

  private throwIfOver(): void {
    this.throwIfFailed();
    this.ending.signal.throwIfAborted();
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
