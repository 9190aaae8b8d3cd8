/**
 * The work of this service: publish prices, but only while this instance owns the exchange.
 *
 * Shows the whole contract: register, move through the states, check before every effect, stop when told, and give the
 * exchange back when the work fails.
 */
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { InstanceRegistry, StateMachine, type Lease } from 'nestjs-exchange-registry';
import { PriceFeed } from './price-feed';
import { REDIS } from './redis.module';

const EXCHANGE = { id: 7, name: 'random-walk' };

@Injectable()
export class PriceWatcher implements OnApplicationBootstrap {
  readonly #logger = new Logger(PriceWatcher.name);
  readonly #stopping = new AbortController();
  #work: Promise<void> = Promise.resolve();

  constructor(
    private readonly registry: InstanceRegistry,
    private readonly machine: StateMachine,
    private readonly feed: PriceFeed,
    @Inject(REDIS) private readonly redis: Redis,
  ) {}

  /** Rejects with `ExchangeTakenError` when another instance owns the exchange. */
  async onApplicationBootstrap(): Promise<void> {
    const lease = await this.registry.register(EXCHANGE, { stopWork: () => this.#stop() });
    this.registry.setSymbolCount(1);
    // A real service connects while `starting`, and loads its history while `warming`.
    await this.machine.transition('starting');
    await this.machine.transition('warming');
    await this.machine.transition('active');
    this.#logger.log(`active, fencing token ${lease.fencingToken}`);
    this.#work = this.#watch(lease);
  }

  async #watch(lease: Lease): Promise<void> {
    // Aborted by an orderly stop, and by the loss of the claim.
    const signal = AbortSignal.any([this.#stopping.signal, lease.signal]);
    try {
      for await (const price of this.feed.prices(signal)) {
        lease.assertHeld(); // the line before every effect: throws once the claim cannot be proven
        await this.redis.publish('prices', JSON.stringify({ price, fencingToken: lease.fencingToken }));
      }
    } catch (error) {
      // An exchange without work must not stay claimed: another instance may have it. Not awaited, because it waits for
      // `#stop`, which waits for this.
      void this.registry.deregister({ actor: 'system', cause: 'the work failed', error });
    }
  }

  /** Called by the registry before it gives the exchange back: on shutdown, on revocation, when the claim is lost. */
  async #stop(): Promise<void> {
    this.#stopping.abort();
    await this.#work;
    this.#logger.log('stopped');
  }
}
