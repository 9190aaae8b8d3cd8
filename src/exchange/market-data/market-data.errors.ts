import { ExchangeError } from '../../errors';

/** So long a history that lacks what was seen live is read again. Ones that lag by some minutes have been seen. */
export const HISTORY_LAG_MS = 300_000;

/** Recorded when trades of a connected feed were lost; the minutes in question are read again. */
export class TradesMissedError extends ExchangeError {
  readonly code = 'WORKLOAD_FAILED';

  constructor(
    readonly product: string,
    readonly missing: number,
  ) {
    super(`${product}: ${missing} trades are missing in the feed; their minutes are read again`);
  }

  override get details() {
    return { product: this.product, missing: this.missing };
  }
}

/** Thrown when a subscribed product sends neither a trade nor a heartbeat. */
export class ProductSilentError extends ExchangeError {
  readonly code = 'WORKLOAD_FAILED';

  constructor(
    readonly products: readonly string[],
    readonly waitedMs: number,
  ) {
    super(`No news of ${products.join(', ')} within ${waitedMs} ms after the subscription`);
  }

  override get details() {
    return { products: this.products, waitedMs: this.waitedMs };
  }
}

/** Recorded before a failure when others of its kind were not, because there were too many. */
export class FailuresLeftOutError extends ExchangeError {
  readonly code = 'WORKLOAD_FAILED';

  constructor(readonly count: number) {
    super(
      `${count} ${count === 1 ? 'failure' : 'failures'} like the next one before it, not recorded one by one`,
    );
  }

  override get details() {
    return { count: this.count };
  }
}

/** Recorded when the history stays behind what was seen live, and is taken as it is. */
export class HistoryBehindError extends ExchangeError {
  readonly code = 'WORKLOAD_FAILED';

  constructor(
    readonly product: string,
    readonly attempts: number,
  ) {
    super(
      `${product}: after ${attempts} readings in at least ${HISTORY_LAG_MS / 60_000} minutes the exchange's history still ` +
        `lacks trades that were seen live; it is taken as it is, and a minute that it has not at all as it was seen`,
    );
  }

  override get details() {
    return { product: this.product, attempts: this.attempts };
  }
}

/** Recorded when candles could not be stored for so long that the oldest were given up. */
export class CandlesDroppedError extends ExchangeError {
  readonly code = 'WORKLOAD_FAILED';

  constructor(
    readonly product: string,
    readonly kept: number,
  ) {
    super(`${product}: the store is away; only the newest ${kept} candles are kept for it`);
  }

  override get details() {
    return { product: this.product, kept: this.kept };
  }
}

/** The reason of everything that ends because the workload was stopped. */
export class WorkloadStoppedError extends ExchangeError {
  readonly code = 'WORKLOAD_FAILED';

  constructor() {
    super('The workload was stopped');
  }
}
