/**
 * Health, open to everybody.
 *
 * `live`: the process runs its event loop. `ready`: it takes requests. Neither asks for the lease or for Redis: a
 * rolling update has two instances, of which one can hold; and when Redis blinks, operators need every instance to say
 * so. `/health` is the whole truth, for people and alarms.
 */
import { Controller, Get, Inject, Res } from '@nestjs/common';
import { Open } from '../http/access.decorator';
import { NotReadyError } from '../http/http.errors';
import { PROCESS_EXIT, type ProcessExit } from '../process-exit';
import { InstanceRegistry } from '../registry/instance-registry';
import { HealthReporter, type HealthReport } from './health.report';

@Controller('health')
@Open()
export class HealthController {
  constructor(
    private readonly reporter: HealthReporter,
    private readonly registry: InstanceRegistry,
    @Inject(PROCESS_EXIT) private readonly processExit: ProcessExit,
  ) {}

  @Get('live')
  live() {
    return { status: 'ok', instanceId: this.registry.instanceId };
  }

  @Get('ready')
  ready() {
    if (this.processExit.signal.aborted) throw new NotReadyError('it is shutting down');
    return { status: 'ok', instanceId: this.registry.instanceId };
  }

  /** 200 when all is well, else 503; the body is the same. */
  @Get()
  async health(
    @Res({ passthrough: true }) response: { status(code: number): unknown },
  ): Promise<HealthReport> {
    const report = await this.reporter.report();
    response.status(report.status === 'ok' ? 200 : 503);
    return report;
  }
}
