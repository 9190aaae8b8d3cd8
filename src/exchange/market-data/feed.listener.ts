import type { Clock } from '../../clock';
import type { FeedListener } from '../exchange-adapter';
import type { MarketEvent } from './event-buffer';
import { LossReport } from './loss-report';
import { TradesMissedError } from './market-data.errors';

export interface FeedReceiver {
  readonly onEvent: (event: MarketEvent) => void;
  readonly recordError: (error: unknown) => void;
  /** The same for what an outage repeats without end. */
  readonly recordFailure: (error: unknown) => void;
  readonly clock: Clock;
  /** Aborted when nothing is to be told any more. */
  readonly signal: AbortSignal;
}

/** Turns what a feed says into events per product, and into errors an operator should see. */
export function feedListener(
  products: readonly string[],
  { onEvent, recordError, recordFailure, clock, signal }: FeedReceiver,
): FeedListener {
  const losses = new LossReport({ clock, signal, tell: recordError });
  return {
    onTrade: (trade) => onEvent({ kind: 'trade', product: trade.product, trade }),
    onCaughtUp: (product, timeMs) => onEvent({ kind: 'caught-up', product, timeMs }),
    onGap: (product, missing) => {
      losses.note(product, missing);
      const { message: cause } = new TradesMissedError(product, missing);
      onEvent({ kind: 'interruption', product, cause });
    },
    onConnected: () => {},
    onDisconnected: (cause) => {
      recordFailure(cause);
      for (const product of products) onEvent({ kind: 'interruption', product, cause: cause.message });
    },
    onNotice: (error) => recordError(error),
  };
}
