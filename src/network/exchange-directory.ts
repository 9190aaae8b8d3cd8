/** Who holds what, asked of the store each time. Remembers nothing, so it is never older than its answer. */
import { Inject, Injectable } from '@nestjs/common';
import { Catalogue, type CatalogueEntry } from '../exchange/catalogue';
import type { HolderView, LeaseStore, ReadOutcome } from '../registry/lease-store';
import { LEASE_STORE } from '../registry/registry.tokens';
import { viewOf, type ExchangeView } from './exchange-view';

@Injectable()
export class ExchangeDirectory {
  constructor(
    private readonly catalogue: Catalogue,
    @Inject(LEASE_STORE) private readonly store: LeaseStore,
  ) {}

  get entries(): readonly CatalogueEntry[] {
    return this.catalogue.entries;
  }

  /** Throws `UnknownExchangeError`. */
  entry(name: string): CatalogueEntry {
    return this.catalogue.byName(name);
  }

  /** Every exchange of the catalogue, in one round trip. Rejects with `StoreUnavailableError`. */
  async list(): Promise<ExchangeView[]> {
    const outcomes = await this.store.read(this.entries.map(({ id }) => id));
    return this.entries.map((entry, index) => viewOf(entry, answered(outcomes[index])));
  }

  /** Rejects with `UnknownExchangeError` and `StoreUnavailableError`. */
  async find(name: string): Promise<ExchangeView> {
    const entry = this.entry(name);
    const [outcome] = await this.store.read([entry.id]);
    return viewOf(entry, answered(outcome));
  }

  /** Who holds it now; `null` when nobody does. Rejects with `StoreUnavailableError`. */
  async holderOf(exchange: CatalogueEntry): Promise<HolderView | null> {
    const [outcome] = await this.store.read([exchange.id]);
    return answered(outcome).holder;
  }
}

function answered(outcome: ReadOutcome | undefined): Extract<ReadOutcome, { outcome: 'read' }> {
  if (outcome === undefined) throw new TypeError('the store answered for fewer exchanges than were asked');
  if (outcome.outcome === 'unknown') throw outcome.error;
  return outcome;
}
