import { ExchangeError } from '../../errors';

/** Thrown when REST did not give a usable answer within its tries, or refused for good. */
export class ExchangeRequestError extends ExchangeError {
  readonly code = 'WORKLOAD_FAILED';

  constructor(
    /** Path and query, without the address. */
    readonly path: string,
    readonly attempts: number,
    readonly lastProblem: string,
    options?: ErrorOptions,
  ) {
    super(`${path} gave no usable answer in ${attempts} tries: ${lastProblem}`, options);
  }

  override get details() {
    return { path: this.path, attempts: this.attempts, lastProblem: this.lastProblem };
  }
}

/** Recorded when one try of a REST request failed and another follows. */
export class ExchangeRetryError extends ExchangeError {
  readonly code = 'WORKLOAD_FAILED';

  constructor(
    readonly path: string,
    readonly attempt: number,
    readonly problem: string,
    readonly retryInMs: number,
  ) {
    super(`${path} failed (${problem}), try ${attempt}; next in ${retryInMs} ms`);
  }

  override get details() {
    return { path: this.path, attempt: this.attempt, problem: this.problem, retryInMs: this.retryInMs };
  }
}

/** Thrown when the connection to the feed ended, or could not be made. */
export class FeedDisconnectedError extends ExchangeError {
  readonly code = 'WORKLOAD_FAILED';

  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`The feed is disconnected: ${reason}`, options);
  }

  override get details() {
    return { reason: this.reason };
  }
}

/** Thrown when a connected feed sends no heartbeat for a product. */
export class FeedStalledError extends ExchangeError {
  readonly code = 'WORKLOAD_FAILED';

  constructor(
    readonly product: string,
    readonly silentMs: number,
  ) {
    super(`The feed has stalled: no heartbeat of ${product} for ${Math.round(silentMs)} ms`);
  }

  override get details() {
    return { product: this.product, silentMs: this.silentMs };
  }
}

/** Thrown when the exchange does not accept the subscription. */
export class SubscriptionRefusedError extends ExchangeError {
  readonly code = 'WORKLOAD_FAILED';

  constructor(readonly reason: string) {
    super(`The exchange refuses the subscription: ${reason}`);
  }

  override get details() {
    return { reason: this.reason };
  }
}

/** Recorded at most once an hour per kind: the feed says something this adapter does not understand. */
export class FeedMessageError extends ExchangeError {
  readonly code = 'WORKLOAD_FAILED';

  constructor(readonly problem: string) {
    super(`The feed sent something not understood, which is ignored: ${problem}`);
  }

  override get details() {
    return { problem: this.problem };
  }
}
