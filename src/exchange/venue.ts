import type { CatalogueEntry } from './catalogue';

/** Where an exchange can be reached for one tenure, and how to give that place up again. */
export interface Venue {
  readonly restUrl: string;
  readonly wsUrl: string;
  /** Who this client says it is; only where somebody wants to know. */
  readonly clientName?: string;
  close(): Promise<void>;
}

/** Opens the venue of an exchange; called once per tenure, at the start of its work. */
export type VenueOpener = (exchange: CatalogueEntry) => Promise<Venue>;
