/** The settings of a simulator, compiled once. */
import { type ErrorCode, ExchangeError } from '../../errors';
import { DEFAULT_PRODUCTS, isProductId } from './product-profile';

export interface SimulatorOptions {
  /** Which history and future the markets have; 1 unless set. */
  readonly seed?: number | string;
  /** Product ids such as `BTC-USD`; BTC, ETH, SOL, LTC and ADA against USD unless set. */
  readonly products?: readonly string[];
  /** Trades per second and product; 60 times this must be a whole number from 4 to 6,000. 3 unless set. */
  readonly tradesPerSecond?: number;
  /** REST requests a client may make in any one second before it gets 429; 10 unless set. */
  readonly requestsPerSecond?: number;
  /** A socket without a subscription is closed after this; 5,000 unless set. */
  readonly subscribeWithinMs?: number;
  /** The time, in Unix milliseconds; `Date.now` unless set. */
  readonly now?: () => number;
}

export interface CompiledSimulatorOptions {
  readonly seed: string;
  readonly products: readonly string[];
  readonly tradesPerSecond: number;
  readonly requestsPerSecond: number;
  readonly subscribeWithinMs: number;
  readonly now: () => number;
}

/** Thrown when a simulator cannot be made with this setting. */
export class InvalidSimulatorOptionError extends ExchangeError {
  readonly code: ErrorCode = 'INVALID_SETTING';

  constructor(
    readonly option: string,
    readonly value: unknown,
    readonly accepted: string,
  ) {
    super(`${option}: got ${JSON.stringify(value)}, accepted is ${accepted}`);
  }

  override get details() {
    return { option: this.option, value: this.value, accepted: this.accepted };
  }
}

/** Fills in the defaults; throws `InvalidSimulatorOptionError`. */
export function compileOptions(options: SimulatorOptions): CompiledSimulatorOptions {
  const { seed = 1, tradesPerSecond = 3, requestsPerSecond = 10, subscribeWithinMs = 5_000 } = options;
  const products = options.products ?? DEFAULT_PRODUCTS;
  const unfit = products.find((id) => !isProductId(id));
  if (products.length === 0 || unfit !== undefined || new Set(products).size < products.length) {
    throw new InvalidSimulatorOptionError(
      'products',
      unfit ?? products,
      'one or more different ids such as BTC-USD',
    );
  }
  const perMinute = tradesPerSecond * 60;
  if (!Number.isInteger(perMinute) || perMinute < 4 || perMinute > 6_000) {
    const accepted = 'a number whose 60-fold is whole and from 4 to 6000';
    throw new InvalidSimulatorOptionError('tradesPerSecond', tradesPerSecond, accepted);
  }
  checkWhole('requestsPerSecond', requestsPerSecond, 1_000_000);
  checkWhole('subscribeWithinMs', subscribeWithinMs, 3_600_000);
  return Object.freeze({
    seed: String(seed),
    products: [...products],
    tradesPerSecond,
    requestsPerSecond,
    subscribeWithinMs,
    now: options.now ?? Date.now,
  });
}

function checkWhole(option: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  throw new InvalidSimulatorOptionError(option, value, `a whole number from 1 to ${max}`);
}
