/** Health endpoints. Needs the registry and the port of the process's end. */
import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller';
import { HealthReporter } from './health.report';
import { RedisProbe } from './redis-probe';

@Module({
  // A failed check is in the answer; a line in the log for every poll would drown the others.
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [HealthReporter, RedisProbe],
})
export class HealthModule {}
