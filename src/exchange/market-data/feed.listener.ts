import type { FeedListener } from '../exchange-adapter';
import type { MarketEvent } from './event-buffer';
import { TradesMissedError } from './market-data.errors';

export interface FeedReceiver {
  readonly onEvent: (event: MarketEvent) => void;
  readonly recordError: (error: unknown) => void;
}

/** Turns what a feed says into events per product, and into errors an operator should see. */
export function feedListener(
  products: readonly string[],
  { onEvent, recordError }: FeedReceiver,
): FeedListener {
  return {
    onTrade: (trade) => onEvent({ kind: 'trade', product: trade.product, trade }),
    onCaughtUp: (product, timeMs) => onEvent({ kind: 'caught-up', product, timeMs }),
    onGap: (product, missing) => {
      const error = new TradesMissedError(product, missing);
      recordError(error);
      onEvent({ kind: 'interruption', product, cause: error.message });
    },
    onConnected: () => {},
    onDisconnected: (cause) => {
      recordError(cause);
      for (const product of products) onEvent({ kind: 'interruption', product, cause: cause.message });
    },
    onNotice: (error) => recordError(error),
  };
}
