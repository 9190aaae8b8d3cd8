/** What a made-up product looks like: its price, how fine it is quoted, how large its trades are. */
import { hashText } from './random';

export interface ProductProfile {
  /** As on the wire: `BTC-USD`. */
  readonly id: string;
  readonly base: string;
  readonly quote: string;
  /** The price it wanders around, in quote currency. */
  readonly meanPrice: number;
  /** Decimals of a price: a tick is 10 to the power of minus this. */
  readonly priceDecimals: number;
  /** Mean size of a trade, in units of 1/256 of the base currency. */
  readonly meanSizeUnits: number;
}

/**
 * Sizes are multiples of 1/256: eight decimals, as on the exchange, and yet exact in binary floating point, so
 * that a client may add them up in any order and still get the volume REST reports, to the last bit.
 */
export const SIZE_UNITS_PER_WHOLE = 256;

/** What `ExchangeSimulator` offers unless told otherwise. */
export const DEFAULT_PRODUCTS = ['BTC-USD', 'ETH-USD', 'SOL-USD', 'LTC-USD', 'ADA-USD'] as const;

const KNOWN: Readonly<Record<string, readonly [meanPrice: number, priceDecimals: number, meanSize: number]>> =
  {
    'BTC-USD': [60_000, 2, 0.05],
    'ETH-USD': [3_000, 2, 0.5],
    'SOL-USD': [150, 2, 8],
    'LTC-USD': [85, 2, 6],
    'ADA-USD': [0.45, 4, 900],
  };

const PRODUCT_ID = /^[A-Z0-9]{1,12}-[A-Z0-9]{1,12}$/;

/** What is accepted, for a message. */
export const PRODUCT_ID_FORM = 'two names of 1 to 12 capital letters and digits with a hyphen between them';

export function isProductId(text: string): boolean {
  return PRODUCT_ID.test(text);
}

/** The profile of a product; one that is not known gets a price from its name. */
export function profileOf(id: string): ProductProfile {
  const [base = id, quote = 'USD'] = id.split('-');
  const [meanPrice, priceDecimals, meanSize] = KNOWN[id] ?? [1 + ((hashText(id) >>> 0) % 500), 2, 5];
  return {
    id,
    base,
    quote,
    meanPrice,
    priceDecimals,
    meanSizeUnits: Math.max(2, Math.round(meanSize * SIZE_UNITS_PER_WHOLE)),
  };
}

/** A price in ticks as a number; equal to parsing its decimal text, because a division is rounded only once. */
export function priceOf(profile: ProductProfile, ticks: number): number {
  return ticks / 10 ** profile.priceDecimals;
}

export function priceText(profile: ProductProfile, ticks: number): string {
  return priceOf(profile, ticks).toFixed(profile.priceDecimals);
}

export function sizeOf(units: number): number {
  return units / SIZE_UNITS_PER_WHOLE;
}

export function sizeText(units: number): string {
  return sizeOf(units).toFixed(8);
}
