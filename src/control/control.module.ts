/** Start, stop, pause, resume and shutdown of this instance, and the commands that reach it from others. */
import { Module, type DynamicModule } from '@nestjs/common';
import type { Clock } from '../clock';
import { Catalogue } from '../exchange/catalogue';
import { WORKLOAD_FACTORY, type WorkloadFactory } from '../exchange/workload';
import { PROCESS_EXIT, type ProcessExit } from '../process-exit';
import type { FencedWriter } from '../registry/fenced-writer';
import { InstanceRegistry } from '../registry/instance-registry';
import { Journal } from '../registry/journal';
import { CLOCK, FENCED_WRITER } from '../registry/registry.tokens';
import { Standby } from '../registry/standby';
import { StateMachine } from '../state-machine/state-machine';
import { CommandListener } from './command-listener';
import { ControlController } from './control.controller';
import { AUTOSTART, ControlLifecycle, type Autostart } from './control.lifecycle';
import { ExchangeRunner } from './exchange-runner';
import { StateLog } from './state-log';

@Module({})
export class ControlModule {
  /**
   * Needs the registry, `Catalogue`, `WORKLOAD_FACTORY` and `PROCESS_EXIT` from modules that are global. `autostart` is
   * `null` for an instance that begins idle.
   */
  static forRoot(autostart: Autostart | null): DynamicModule {
    return {
      module: ControlModule,
      controllers: [ControlController],
      providers: [
        { provide: AUTOSTART, useValue: autostart },
        {
          provide: ExchangeRunner,
          inject: [
            InstanceRegistry,
            StateMachine,
            Journal,
            WORKLOAD_FACTORY,
            FENCED_WRITER,
            Catalogue,
            Standby,
            CLOCK,
            PROCESS_EXIT,
          ],
          useFactory: (
            registry: InstanceRegistry,
            machine: StateMachine,
            journal: Journal,
            workloads: WorkloadFactory,
            fencedWriter: FencedWriter,
            catalogue: Catalogue,
            standby: Standby,
            clock: Clock,
            processExit: ProcessExit,
          ) => {
            const services = { registry, machine, journal, workloads, fencedWriter };
            return new ExchangeRunner(services, catalogue, standby, clock, processExit);
          },
        },
        CommandListener,
        ControlLifecycle,
        StateLog,
      ],
      exports: [ExchangeRunner],
    };
  }
}
