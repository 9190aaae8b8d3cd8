/**
 * The exchanges this deployment knows: which exist, how they are named, where they are.
 *
 * Decides what a name or an id stands for. Does not decide who may own an exchange, and does not know
 * whether its address answers.
 */
import { UnknownExchangeError } from './catalogue.errors';

/** One exchange of the catalogue. `id` and `name` are unique in it. */
export interface CatalogueEntry {
  /** Whole number, 1 or greater; part of every Redis key of the exchange. */
  readonly id: number;
  /** Lower-case letters, digits and hyphens; how the exchange is named in routes and flags. */
  readonly name: string;
  readonly displayName: string;
  /** Which adapter type the factory makes: `coinbase`. */
  readonly adapter: string;
  /** Product ids in the exchange's own spelling, `BTC-USD`. */
  readonly symbols: readonly string[];
  /** Base address of the REST interface; `null` for an exchange the API starts itself (the simulator). */
  readonly restUrl: string | null;
  readonly wsUrl: string | null;
}

/** An immutable list of exchanges, in the order they were written. Made by `loadCatalogue`. */
export class Catalogue {
  readonly entries: readonly CatalogueEntry[];
  private readonly named: ReadonlyMap<string, CatalogueEntry>;

  constructor(entries: readonly CatalogueEntry[]) {
    this.entries = Object.freeze(entries.map((entry) => Object.freeze({ ...entry })));
    this.named = new Map(this.entries.map((entry) => [entry.name, entry]));
  }

  /** The entry with exactly this name. Throws `UnknownExchangeError`, which lists the known names. */
  byName(name: string): CatalogueEntry {
    const entry = this.named.get(name);
    if (entry === undefined) throw new UnknownExchangeError(name, [...this.named.keys()]);
    return entry;
  }
}
