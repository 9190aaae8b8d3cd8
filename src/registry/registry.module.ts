/**
 * The module a NestJS service imports: one instance, and only one, owns an exchange.
 *
 *     RegistryModule.forRoot({ redis: new Redis(), exchange: { id: 1, name: 'coinbase' }, work: { stopWork: () => feed.close() } })
 *
 * It runs its heartbeat by itself. An application that has jobs of its own imports `ScheduleModule.forRoot()` for them, as ever.
 */
import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { SystemClock, type Clock } from '../clock';
import { StateMachine } from '../state-machine/state-machine';
import type { ActivityLog } from './activity-log';
import type { RegistryAdapters } from './adapters';
import { composeRegistry, type RegistryParts } from './compose';
import { Heartbeat } from './heartbeat';
import { HEARTBEAT_HOLDER, heartbeatScheduler, type HeartbeatHolder } from './heartbeat.scheduler';
import { InstanceRegistry } from './instance-registry';
import { Journal } from './journal';
import { LeaseKeeper } from './lease-keeper';
import type { LeaseStore } from './lease-store';
import { LINUX_PROCESSES } from './process-identity';
import { redisAdapters } from './redis/redis-adapters';
import { RegistryLifecycle } from './registry.lifecycle';
import {
  compileOptions,
  InvalidSettingError,
  type RegistryModuleOptions,
  type RegistrySettings,
} from './registry.options';
import {
  ACTIVITY_LOG,
  CLOCK,
  COMMAND_QUEUE,
  FENCED_WRITER,
  LEASE_STORE,
  REGISTRY_ADAPTERS,
  REGISTRY_SETTINGS,
  WATCHDOG,
} from './registry.tokens';
import { Standby } from './standby';
import { Watchdog } from './watchdog';

const PARTS = Symbol('REGISTRY_PARTS');

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<RegistryModuleOptions>().setClassMethodName('forRoot').build();

/** Makes one port of the set injectable by itself. */
function port<K extends keyof RegistryAdapters>(provide: symbol, key: K) {
  return { provide, inject: [REGISTRY_ADAPTERS], useFactory: (adapters: RegistryAdapters) => adapters[key] };
}

/** Makes one part of the composition injectable under its class. */
function part<T>(provide: new (...args: never[]) => T, pick: (parts: RegistryParts) => T) {
  return { provide, inject: [PARTS], useFactory: pick };
}

@Module({
  imports: [heartbeatScheduler()],
  providers: [
    { provide: CLOCK, useClass: SystemClock },
    { provide: REGISTRY_SETTINGS, inject: [MODULE_OPTIONS_TOKEN], useFactory: compileOptions },
    {
      provide: REGISTRY_ADAPTERS,
      inject: [MODULE_OPTIONS_TOKEN, REGISTRY_SETTINGS],
      useFactory: adaptersFor,
    },
    { provide: WATCHDOG, inject: [REGISTRY_SETTINGS], useFactory: watchdogFor },
    port(LEASE_STORE, 'store'),
    port(ACTIVITY_LOG, 'log'),
    port(COMMAND_QUEUE, 'commands'),
    port(FENCED_WRITER, 'writer'),
    {
      provide: PARTS,
      inject: [REGISTRY_SETTINGS, LEASE_STORE, ACTIVITY_LOG, CLOCK, WATCHDOG],
      useFactory: (
        settings: RegistrySettings,
        store: LeaseStore,
        log: ActivityLog,
        clock: Clock,
        watchdog: Watchdog | null,
      ) => composeRegistry(settings, { store, log, clock, processes: LINUX_PROCESSES, watchdog }),
    },
    part(InstanceRegistry, ({ registry }) => registry),
    part(StateMachine, ({ machine }) => machine),
    part(LeaseKeeper, ({ keeper }) => keeper),
    part(Journal, ({ journal }) => journal),
    part(Standby, ({ standby }) => standby),
    {
      provide: HEARTBEAT_HOLDER,
      inject: [LeaseKeeper, REGISTRY_SETTINGS],
      useFactory: (keeper: LeaseKeeper, settings: RegistrySettings): HeartbeatHolder => ({
        heartbeat: new Heartbeat(keeper, settings),
      }),
    },
    RegistryLifecycle,
  ],
  exports: [
    InstanceRegistry,
    StateMachine,
    Journal,
    Standby,
    RegistryLifecycle,
    LEASE_STORE,
    ACTIVITY_LOG,
    COMMAND_QUEUE,
    FENCED_WRITER,
    REGISTRY_SETTINGS,
    CLOCK,
  ],
})
export class RegistryModule extends ConfigurableModuleClass {}

function adaptersFor(options: RegistryModuleOptions, settings: RegistrySettings): RegistryAdapters {
  if (options.adapters !== undefined) return options.adapters;
  if (options.redis !== undefined) return redisAdapters(options.redis, settings);
  throw new InvalidSettingError('redis', 'is missing; give an ioredis client or a RedisService');
}

/** The main thread gets a quarter of the margin to act on its deadline before it counts as blocked. */
function watchdogFor({ watchdog, safetyMarginMs }: RegistrySettings): Watchdog | null {
  return watchdog ? new Watchdog(safetyMarginMs / 4) : null;
}
