/**
 * Makes the market-data workload of an exchange for Nest, and knows where that exchange is: at its own address, or at
 * a simulator of this process, or at one that several processes share.
 */
import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { SystemClock } from '../../clock';
import { AdapterFactory } from '../adapter.factory';
import type { CatalogueEntry } from '../catalogue';
import { ExchangeSimulator } from '../simulator/exchange-simulator';
import type { Venue } from '../venue';
import type { Workload, WorkloadFactory } from '../workload';
import { compileMarketDataOptions, type MarketDataOptions } from './market-data.options';
import { MarketDataWorkload } from './market-data.workload';

export interface MarketDataFactoryOptions extends MarketDataOptions {
  /**
   * Base address (`http://host:port`) of a running simulator, for entries without an address. Without it each
   * workload starts one of its own, whose witness then sees nobody else.
   */
  readonly simulatorUrl?: string | null;
  /** Names this process to a simulator's witness; never sent to another exchange. */
  readonly clientName?: string;
}

export const MARKET_DATA_OPTIONS = Symbol('MARKET_DATA_OPTIONS');

@Injectable()
export class MarketDataWorkloadFactory implements WorkloadFactory {
  private readonly logger = new Logger(MarketDataWorkloadFactory.name);
  private readonly options: MarketDataFactoryOptions;

  constructor(
    @Inject(AdapterFactory) private readonly adapters: AdapterFactory,
    @Optional() @Inject(MARKET_DATA_OPTIONS) options?: MarketDataFactoryOptions,
  ) {
    this.options = options ?? {};
  }

  create(exchange: CatalogueEntry): Workload {
    const { clock = new SystemClock(), random, timings } = this.options;
    const shared = { clock, ...(random === undefined ? {} : { random }) };
    this.logger.log({ msg: 'workload made', exchange: exchange.name, adapter: exchange.adapter });
    return new MarketDataWorkload({
      ...shared,
      adapters: this.adapters,
      adapterOptions: { ...shared, ...(timings === undefined ? {} : { timings }) },
      settings: compileMarketDataOptions(this.options),
      openVenue: (entry) => this.openVenue(entry),
    });
  }

  private async openVenue(entry: CatalogueEntry): Promise<Venue> {
    const { simulatorUrl = null, clientName } = this.options;
    const identity = clientName === undefined ? {} : { clientName };
    if (entry.restUrl !== null && entry.wsUrl !== null) {
      return { restUrl: entry.restUrl, wsUrl: entry.wsUrl, close: async () => {} };
    }
    if (simulatorUrl !== null) {
      const restUrl = simulatorUrl.replace(/\/+$/, '');
      return { restUrl, wsUrl: restUrl.replace(/^http/, 'ws'), ...identity, close: async () => {} };
    }
    const simulator = new ExchangeSimulator({ products: entry.symbols });
    const { restUrl, wsUrl } = await simulator.listen(0);
    this.logger.log({ msg: 'simulator started', exchange: entry.name, restUrl, wsUrl });
    return {
      restUrl,
      wsUrl,
      ...identity,
      close: async () => {
        await simulator.close();
        this.logger.log({ msg: 'simulator closed', exchange: entry.name });
      },
    };
  }
}
