/**
 * Beats at the configured interval, by `@nestjs/schedule`.
 *
 * The decorator wants its interval when a class is defined, the settings come when it is made: so it is applied to the
 * method of the one instance, where the scheduler looks for it.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { LeaseKeeper } from './lease-keeper';
import type { RegistrySettings } from './registry.options';
import { REGISTRY_SETTINGS } from './registry.tokens';

/** Name under which the interval stands in the `SchedulerRegistry`. */
export const HEARTBEAT = 'exchange-registry-heartbeat';

@Injectable()
export class Heartbeat {
  constructor(
    private readonly keeper: LeaseKeeper,
    @Inject(REGISTRY_SETTINGS) { heartbeatIntervalMs }: RegistrySettings,
  ) {
    const beat = () => this.keeper.beat();
    Interval(HEARTBEAT, heartbeatIntervalMs)(this, 'beat', { value: beat });
    this.beat = beat;
  }

  /** Renews everything that is held. Never rejects; the keeper leaves out what is still being renewed. */
  beat(): Promise<void> {
    return this.keeper.beat();
  }
}
