/**
 * Makes adapters, and nothing else: it opens no connection, remembers no adapter, and counts nothing.
 */
import { Injectable } from '@nestjs/common';
import type { Clock } from '../clock';
import type { RandomSource } from './backoff';
import type { CatalogueEntry } from './catalogue';
import { CoinbaseAdapter } from './coinbase/coinbase.adapter';
import type { CoinbaseTimings } from './coinbase/coinbase.timings';
import type { ExchangeAdapter } from './exchange-adapter';
import { UnknownAdapterError } from './unknown-adapter.error';

export interface AdapterOptions {
  /** Where the exchange is now: the entry's addresses, or those of a simulator that was started. */
  readonly restUrl: string;
  readonly wsUrl: string;
  /** Names this client to the exchange's witness; left out for an exchange that has none. */
  readonly clientName?: string;
  readonly clock?: Clock;
  readonly random?: RandomSource;
  /** Departures from the adapter's own limits and waits. */
  readonly timings?: Partial<CoinbaseTimings>;
  /** Told of every failure that is followed by another try. */
  readonly onRetry?: (error: Error) => void;
}

@Injectable()
export class AdapterFactory {
  /** A new adapter of the entry's type. Throws `UnknownAdapterError`. */
  create(entry: CatalogueEntry, options: AdapterOptions): ExchangeAdapter {
    const { clientName, ...rest } = options;
    switch (entry.adapter) {
      case 'coinbase':
        return new CoinbaseAdapter({
          ...rest,
          ...(clientName === undefined ? {} : { identity: { key: entry.name, client: clientName } }),
        });
      default:
        throw new UnknownAdapterError(entry.name, entry.adapter);
    }
  }
}
