/**
 * Beats at the configured interval, by `@nestjs/schedule`.
 *
 * The decorator wants its interval when a class is defined, the settings come when it is made: so it is applied to the
 * method of the one instance, where the scheduler looks for it.
 */
import { Interval } from '@nestjs/schedule';
import type { LeaseKeeper } from './lease-keeper';
import type { RegistrySettings } from './registry.options';

export class Heartbeat {
  constructor(
    private readonly keeper: LeaseKeeper,
    { heartbeatIntervalMs }: RegistrySettings,
  ) {
    const beat = () => this.keeper.beat();
    Interval(heartbeatIntervalMs)(this, 'beat', { value: beat });
    this.beat = beat;
  }

  /** Renews everything that is held. Never rejects; the keeper leaves out what is still being renewed. */
  beat(): Promise<void> {
    return this.keeper.beat();
  }
}
