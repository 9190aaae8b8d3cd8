import type { CatalogueEntry } from './catalogue';

/** What the API knows without a catalogue file. */
export const BUILT_IN_CATALOGUE: readonly CatalogueEntry[] = [
  {
    id: 1,
    name: 'coinbase',
    displayName: 'Coinbase',
    adapter: 'coinbase',
    symbols: ['BTC-USD', 'ETH-USD', 'SOL-USD'],
    restUrl: 'https://api.exchange.coinbase.com',
    wsUrl: 'wss://ws-feed.exchange.coinbase.com',
  },
  {
    id: 2,
    name: 'simulator',
    displayName: 'Exchange simulator',
    adapter: 'coinbase',
    symbols: ['BTC-USD', 'ETH-USD'],
    restUrl: null,
    wsUrl: null,
  },
];
