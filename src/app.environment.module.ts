/** What the API's modules get from outside: the catalogue, the work, and the way to end the process. */
import { Global, Module, type DynamicModule } from '@nestjs/common';
import { AdapterFactory } from './exchange/adapter.factory';
import { Catalogue } from './exchange/catalogue';
import {
  MARKET_DATA_OPTIONS,
  MarketDataWorkloadFactory,
  type MarketDataFactoryOptions,
} from './exchange/market-data/market-data-workload.factory';
import { WORKLOAD_FACTORY } from './exchange/workload';
import { PROCESS_EXIT, type ProcessExit } from './process-exit';
import { InstanceRegistry } from './registry/instance-registry';

export interface AppEnvironment {
  readonly catalogue: Catalogue;
  readonly processExit: ProcessExit;
  readonly simulatorUrl: string | null;
}

@Global()
@Module({})
export class EnvironmentModule {
  static forRoot({ catalogue, processExit, simulatorUrl }: AppEnvironment): DynamicModule {
    return {
      module: EnvironmentModule,
      providers: [
        { provide: Catalogue, useValue: catalogue },
        { provide: PROCESS_EXIT, useValue: processExit },
        {
          provide: MARKET_DATA_OPTIONS,
          inject: [InstanceRegistry],
          // The simulator's witness shall know this instance by the name the registry knows it by.
          useFactory: ({ instanceId }: InstanceRegistry): MarketDataFactoryOptions => ({
            clientName: instanceId,
            ...(simulatorUrl === null ? {} : { simulatorUrl }),
          }),
        },
        AdapterFactory,
        { provide: WORKLOAD_FACTORY, useClass: MarketDataWorkloadFactory },
      ],
      exports: [Catalogue, PROCESS_EXIT, WORKLOAD_FACTORY],
    };
  }
}
