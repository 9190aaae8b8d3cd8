/** The composition root of the API: which parts there are, and what each is given. */
import { Inject, Module, type DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { Logger as RootLogger } from 'pino';
import type { AppConfig } from './app.config';
import { EnvironmentModule } from './app.environment.module';
import { LogContext } from './app.logging';
import { redisModule, redisService } from './app.redis';
import { ControlModule } from './control/control.module';
import type { Catalogue } from './exchange/catalogue';
import { HealthModule } from './health/health.module';
import { HttpModule } from './http/http.module';
import { NetworkModule } from './network/network.module';
import type { ProcessExit } from './process-exit';
import { InstanceRegistry } from './registry/instance-registry';
import { RegistryModule } from './registry/registry.module';
import type { RegistryModuleOptions } from './registry/registry.options';
import { StateMachine } from './state-machine/state-machine';

export interface AppParts {
  readonly config: AppConfig;
  readonly appVersion: string;
  readonly catalogue: Catalogue;
  readonly processExit: ProcessExit;
  readonly logger: RootLogger;
  readonly logContext: LogContext;
  /** Where claims live, if not in the configured Redis: for tests. */
  readonly adapters?: RegistryModuleOptions['adapters'];
}

@Module({})
export class AppModule {
  constructor(@Inject(LogContext) context: LogContext, registry: InstanceRegistry, machine: StateMachine) {
    context.describe = () => ({
      instance: registry.instanceId,
      exchange: registry.lease?.exchange.name ?? null,
      state: machine.currentState,
    });
  }

  static forRoot(parts: AppParts): DynamicModule {
    const { config, catalogue, processExit } = parts;
    const { autostart, standby, simulatorUrl } = config;
    return {
      module: AppModule,
      imports: [
        LoggerModule.forRoot({ pinoHttp: { logger: parts.logger }, forRoutes: [] }),
        HttpModule.forRoot(config),
        registryModule(parts),
        EnvironmentModule.forRoot({ catalogue, processExit, simulatorUrl }),
        ControlModule.forRoot(autostart === null ? null : { exchange: autostart, standby }),
        NetworkModule,
        HealthModule,
      ],
      providers: [{ provide: LogContext, useValue: parts.logContext }],
    };
  }
}

function registryModule({ config, appVersion, adapters }: AppParts): DynamicModule {
  const options = { ...config.registry, appVersion };
  const module =
    adapters === undefined
      ? RegistryModule.forRootAsync({
          imports: [redisModule(config.redis)],
          inject: [redisService(config.redis)],
          useFactory: (redis: NonNullable<RegistryModuleOptions['redis']>) => ({ ...options, redis }),
        })
      : RegistryModule.forRoot({ ...options, adapters });
  return { ...module, global: true };
}
