/**
 * A scheduler of `@nestjs/schedule` that runs heartbeats and nothing else.
 *
 * Every `ScheduleModule.forRoot()` of an application finds all jobs of the whole application. Two of them, the application's own and one
 * of the registry's, would run each of its jobs twice. So this one looks for heartbeats alone, and keeps them where no other looks.
 */
import type { DynamicModule } from '@nestjs/common';
import { DiscoveryService, ModulesContainer } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import type { Heartbeat } from './heartbeat';

/** Token of a `HeartbeatHolder`. Schedulers look at the methods of a provider, not at what its fields hold. */
export const HEARTBEAT_HOLDER = Symbol('HEARTBEAT_HOLDER');

export interface HeartbeatHolder {
  readonly heartbeat: Heartbeat;
}

type Provider = ReturnType<DiscoveryService['getProviders']>[number];

class HeartbeatDiscovery extends DiscoveryService {
  override getControllers(): Provider[] {
    return [];
  }

  override getProviders(): Provider[] {
    return super
      .getProviders()
      .filter(({ token }) => token === HEARTBEAT_HOLDER)
      .map(({ name, instance }) => {
        const { heartbeat } = instance as HeartbeatHolder;
        return { name, instance: heartbeat, isDependencyTreeStatic: () => true } as unknown as Provider;
      });
  }
}

export function heartbeatScheduler(): DynamicModule {
  const scheduler = ScheduleModule.forRoot();
  const discovery = {
    provide: DiscoveryService,
    inject: [ModulesContainer],
    useFactory: (modules: ModulesContainer) => new HeartbeatDiscovery(modules),
  };
  // Not global: the `SchedulerRegistry` that an application injects is that of its own.
  return { ...scheduler, global: false, providers: [...(scheduler.providers ?? []), discovery] };
}
