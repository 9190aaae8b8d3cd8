import { ExchangeError } from '../errors';
import { ADAPTER_TYPES } from './adapter-types';

/** Thrown when an entry that no schema has checked names an adapter type that does not exist. */
export class UnknownAdapterError extends ExchangeError {
  readonly code = 'INVALID_CATALOGUE';

  constructor(
    readonly exchangeName: string,
    readonly adapter: string,
  ) {
    super(`Exchange "${exchangeName}" has adapter "${adapter}"; there are ${ADAPTER_TYPES.join(', ')}.`);
  }

  override get details() {
    return { exchange: this.exchangeName, adapter: this.adapter, known: ADAPTER_TYPES };
  }
}
