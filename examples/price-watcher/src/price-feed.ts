/** Where prices come from: a random walk, so that the example needs no account and no network. */
import { Injectable } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';

const INTERVAL_MS = 500;

@Injectable()
export class PriceFeed {
  /** Prices until `signal` is aborted; then the loop over them ends. */
  async *prices(signal: AbortSignal): AsyncGenerator<number> {
    let price = 50_000;
    while (!signal.aborted) {
      price += Math.round((Math.random() - 0.5) * 100);
      yield price;
      await delay(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
