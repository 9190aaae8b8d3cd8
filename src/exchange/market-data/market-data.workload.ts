/**
 * Market data of one exchange: connect, backfill, warm the indicators, then live candles and alerts.
 *
 * Order of the start: subscribe first and keep what comes, read the history then, and replay what was kept. Nothing
 * is counted twice and nothing is left out (`CandleSeries` says why). Ends by `stop`, by the context's signal, or by a
 * failure it cannot survive: a newer holder (`FENCED_OUT`), or a claim that can no longer be proven. Everything else
 * is mended inside and recorded. Does not decide whether it may run; it asks before every effect.
 */
import { sharedAbort } from '../../abort';
import { type Clock, delay } from '../../clock';
import type { AdapterFactory } from '../adapter.factory';
import type { RandomSource } from '../backoff';
import type { ExchangeAdapter, Feed } from '../exchange-adapter';
import type { Venue, VenueOpener } from '../venue';
import type { Workload, WorkloadContext } from '../workload';
import { CandleWriter } from './candle-writer';
import type { MarketEvent } from './event-buffer';
import { EventConsumer } from './event-consumer';
import { FailureReport } from './failure-report';
import { feedListener } from './feed.listener';
import { FirstNews } from './first-news';
import { WorkloadStoppedError } from './market-data.errors';
import type { CompiledMarketDataOptions } from './market-data.options';
import { nextTurn } from './next-turn';
import { ProductDesk } from './product-desk';
import { StartupReport } from './startup-report';
import { warmthOf } from './warmth';

const CANDLES_PER_TURN = 10;

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
  private readonly ending = sharedAbort();
  private readonly events: EventConsumer;
  private readonly desks = new Map<string, ProductDesk>();
  private firstNews = new FirstNews([]);
  private venue: Venue | undefined;
  private adapter: ExchangeAdapter | undefined;
  private feed: Feed | undefined;
  private writer: CandleWriter | undefined;
  private report: StartupReport | undefined;
  private starting: Promise<void> | undefined;
  private stopping: Promise<void> | undefined;
  private failure: { readonly error: unknown } | undefined;
  private paused = false;

  constructor(private readonly options: MarketDataWorkloadOptions) {
    this.events = new EventConsumer(options.settings.maxBufferedEvents, (event) =>
      this.desks.get(event.product)?.handle(event),
    );
  }

  get queueDepth(): number {
    return this.events.depth;
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
    for (const desk of this.desks.values()) {
      while (desk.feedHistory(CANDLES_PER_TURN)) {
        this.reportWarmth();
        await nextTurn();
        this.throwIfOver();
      }
    }
    while (!this.reportWarmth()) {
      // The exchange has too little history of a product: the rest comes minute by minute.
      this.events.begin();
      await delay(this.options.clock, this.options.settings.openIntervalMs, this.ending.signal).catch(
        () => {},
      );
      this.throwIfOver();
    }
    this.throwIfOver();
  }

  async run(): Promise<void> {
    this.throwIfFailed();
    for (const desk of this.desks.values()) desk.goLive();
    this.events.begin();
    await aborted(this.ending.signal);
    this.throwIfFailed();
  }

  pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.events.pause();
    this.writer?.hold();
    for (const desk of this.desks.values()) void desk.cancelRepair();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.events.resume();
    for (const product of this.desks.keys())
      this.events.take({ kind: 'interruption', product, cause: 'a pause' });
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
    const failures = new FailureReport(this.options.clock, (error) => context.recordError(error));
    const recordFailure = (error: unknown) => failures.note(error);
    this.prepare(context, this.venue, recordFailure);
    await this.connect(context, recordFailure);
    await this.backfill(context);
    await this.writer?.settled();
    this.throwIfOver();
    context.setSymbolCount(this.desks.size);
  }

  private prepare(context: WorkloadContext, venue: Venue, recordFailure: (error: unknown) => void): void {
    const { adapters, adapterOptions, settings, clock, random } = this.options;
    const { restUrl, wsUrl, clientName } = venue;
    const adapter = adapters.create(context.exchange, {
      ...adapterOptions,
      restUrl,
      wsUrl,
      ...(clientName === undefined ? {} : { clientName }),
      onRetry: recordFailure,
    });
    const writer = new CandleWriter({
      ...settings,
      store: context.store,
      assertHeld: () => context.assertHeld(),
      recordError: recordFailure,
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
        recordError: (error) => context.recordError(error),
        recordFailure,
      });
      this.desks.set(product, desk);
    }
    this.adapter = adapter;
    this.writer = writer;
  }

  private async connect(context: WorkloadContext, recordFailure: (error: unknown) => void): Promise<void> {
    const products = context.exchange.symbols;
    this.firstNews = new FirstNews(products);
    const listener = feedListener(products, {
      onEvent: (event) => this.take(event),
      recordError: (error) => context.recordError(error),
      recordFailure,
      clock: this.options.clock,
      signal: this.ending.signal,
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
      const show = (candles: number) =>
        this.report?.show('backfill', done + Math.min(historyMinutes, candles), total, desk.product);
      show(0);
      context.assertHeld();
      await desk.backfill(this.firstNews.timeOf(desk.product), this.ending.signal, show);
      this.throwIfOver();
      done += historyMinutes;
    }
    this.report?.show('backfill', total, total, null);
  }

  /** True when every indicator is stable. */
  private reportWarmth(): boolean {
    const { fed, needed, coldest } = warmthOf([...this.desks.values()]);
    this.report?.show('indicators', fed, needed, coldest);
    return coldest === null;
  }

  private take(event: MarketEvent): void {
    if (this.ending.signal.aborted) return;
    this.firstNews.note(event);
    this.events.take(event);
  }

  private async stopEverything(): Promise<void> {
    const { clock, settings } = this.options;
    const consumed = this.events.stop();
    if (this.writer !== undefined && !this.ending.signal.aborted) {
      const limit = delay(clock, settings.drainMs, this.ending.signal).catch(() => {});
      await Promise.race([this.writer.settled(), limit]);
    }
    this.end(new WorkloadStoppedError());
    await this.starting?.catch(() => {});
    this.writer?.stop();
    await Promise.all([...this.desks.values()].map((desk) => desk.cancelRepair()));
    await consumed;
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

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
