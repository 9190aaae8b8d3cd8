/**
 * One market-data workload on one real simulator, with everything it does written down.
 */
import { isDeepStrictEqual } from 'node:util';
import { Logger } from '@nestjs/common';
import { AdapterFactory } from '../../src/exchange/adapter.factory';
import { CANDLE_SECONDS } from '../../src/exchange/exchange-adapter';
import type { Candle } from '../../src/exchange/candle';
import type { CatalogueEntry } from '../../src/exchange/catalogue';
import {
  type MarketDataFactoryOptions,
  MarketDataWorkloadFactory,
} from '../../src/exchange/market-data/market-data-workload.factory';
import { ExchangeSimulator } from '../../src/exchange/simulator/exchange-simulator';
import type { StartupProgress, Workload, WorkloadAlert, WorkloadContext } from '../../src/exchange/workload';
import { CountingClock } from './counting-clock';
import { MemoryFencedStore } from './memory-fenced-store';
import { until } from './until';

export const PRODUCTS = ['BTC-USD', 'ETH-USD'];

/** Waits short enough for a test, long enough for a busy machine. */
export const FAST: MarketDataFactoryOptions = {
  clientName: 'bench',
  openIntervalMs: 50,
  settleMs: 0,
  firstNewsMs: 5_000,
  drainMs: 300,
  retryBaseMs: 5,
  retryCapMs: 50,
  timings: {
    requestTimeoutMs: 1_000,
    retryBaseMs: 5,
    retryCapMs: 20,
    retryAfterCapMs: 200,
    reconnectBaseMs: 5,
    reconnectCapMs: 50,
    stallMs: 2_500,
    subscribeTimeoutMs: 1_000,
  },
};

export class MarketBench {
  readonly store = new MemoryFencedStore();
  readonly alerts: WorkloadAlert[] = [];
  readonly errors: string[] = [];
  readonly progress: StartupProgress[] = [];
  readonly abort = new AbortController();
  readonly clock = new CountingClock();
  symbolCount = 0;
  held = true;
  workload!: Workload;
  simulator!: ExchangeSimulator;
  simulatorUrl = '';
  private offsetMs = 0;

  /** A new simulator and a workload that was not started yet. */
  static async open(options: MarketDataFactoryOptions = {}): Promise<MarketBench> {
    Logger.overrideLogger(false);
    const bench = new MarketBench();
    bench.simulator = new ExchangeSimulator({
      seed: 7,
      products: PRODUCTS,
      tradesPerSecond: 20,
      now: () => bench.nowMs,
    });
    bench.simulatorUrl = (await bench.simulator.listen(0)).restUrl;
    // Far from the end of a minute, so that a minute ends only when the test says so.
    bench.offsetMs = 15_000 - (Date.now() % 60_000);
    bench.workload = new MarketDataWorkloadFactory(new AdapterFactory(), {
      ...FAST,
      simulatorUrl: bench.simulatorUrl,
      clock: bench.clock,
      ...options,
      timings: { ...FAST.timings, ...options.timings },
    }).create(bench.entry);
    return bench;
  }

  get entry(): CatalogueEntry {
    return {
      id: 2,
      name: 'simulator',
      displayName: 'Simulator',
      adapter: 'coinbase',
      symbols: PRODUCTS,
      restUrl: null,
      wsUrl: null,
    };
  }

  /** The exchange's time. */
  get nowMs(): number {
    return Date.now() + this.offsetMs;
  }

  get minute(): number {
    return Math.floor(this.nowMs / 60_000) * 60;
  }

  get context(): WorkloadContext {
    return {
      exchange: this.entry,
      fencingToken: 1,
      signal: this.abort.signal,
      assertHeld: () => {
        if (!this.held) throw new Error('the claim is lost');
      },
      store: this.store,
      reportProgress: (progress) => this.progress.push(progress),
      setSymbolCount: (count) => (this.symbolCount = count),
      raiseAlert: (alert) => this.alerts.push(alert),
      recordError: (error) => this.errors.push(error instanceof Error ? error.message : String(error)),
    };
  }

  get witness() {
    return this.simulator.witness.report().keys['simulator'];
  }

  /** Moves the exchange to just before the end of its minute; its trades up to there are told at once. */
  toEndOfMinute(): void {
    this.offsetMs += 59_500 - (this.nowMs % 60_000);
  }

  /** As if the machine had been suspended. The exchange is further than its feed tells of: what happened meanwhile is a gap. */
  leap(ms: number): void {
    this.offsetMs += ms;
    this.clock.suspend(ms);
  }

  /** Goes through start and warm-up; `running` is the run. */
  async activate(): Promise<{ readonly running: Promise<void> }> {
    await this.workload.start(this.context);
    await this.workload.warmUp();
    const running = this.workload.run();
    running.catch(() => {});
    return { running };
  }

  /** What the exchange itself says happened in those minutes. */
  truth(product: string, from: number, through: number): Candle[] {
    return this.simulator.markets.get(product)?.candles(CANDLE_SECONDS, from, through, this.nowMs) ?? [];
  }

  /** Waits until the minute that began at `minute` is final in the store, for every product. */
  async untilFinal(minute: number): Promise<void> {
    await until(`minute ${minute} is final`, () =>
      PRODUCTS.every((product) => this.store.finals(product).some((candle) => candle.time === minute)),
    );
  }

  /** Whether every final candle is what the exchange says, and none is missing. */
  isTrue(): boolean {
    return PRODUCTS.every((product) =>
      isDeepStrictEqual(this.store.finals(product), this.truthOfStored(product)),
    );
  }

  expectTruth(): void {
    for (const product of PRODUCTS) expect(this.store.finals(product)).toEqual(this.truthOfStored(product));
  }

  private truthOfStored(product: string): Candle[] {
    const finals = this.store.finals(product);
    return this.truth(product, finals[0]?.time ?? 0, finals.at(-1)?.time ?? 0);
  }

  async close(): Promise<void> {
    await this.workload.stop();
    await this.simulator.close();
  }
}
