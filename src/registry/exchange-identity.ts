/** Which exchange: the thing exactly one instance may own. */
export interface ExchangeIdentity {
  /** Whole number, 1 or greater; part of every Redis key of the exchange. */
  readonly id: number;
  readonly name: string;
}
