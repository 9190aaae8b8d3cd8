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
