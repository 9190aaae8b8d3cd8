/** The control of this very instance. What a command means, and whether it is possible now, is the runner's matter. */
import { Body, Controller, Get, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ThrottlerGuard } from '@nestjs/throttler';
import { Actor, ForOperators, ForViewers } from '../http/access.decorator';
import { ZodPipe } from '../http/zod.pipe';
import type { RuntimeState } from '../state-machine/legacy-state';
import { StateMachine } from '../state-machine/state-machine';
import { reasonBodySchema, startBodySchema, type ReasonBody, type StartBody } from './control.schemas';
import { ExchangeRunner } from './exchange-runner';
import type { RunnerStatus } from './runner-status';

@Controller('control')
export class ControlController {
  constructor(
    private readonly runner: ExchangeRunner,
    private readonly machine: StateMachine,
  ) {}

  /** Answers once the exchange is claimed, or a standby waits for it; connecting goes on behind. */
  @Post('start')
  @HttpCode(202)
  @ForOperators()
  @UseGuards(ThrottlerGuard)
  start(@Body(new ZodPipe(startBodySchema)) body: StartBody, @Actor() actor: string): Promise<RunnerStatus> {
    return this.runner.start({ ...body, actor });
  }

  /** Answers once the exchange is given back. */
  @Post('stop')
  @HttpCode(200)
  @ForOperators()
  @UseGuards(ThrottlerGuard)
  stop(
    @Body(new ZodPipe(reasonBodySchema)) { reason }: ReasonBody,
    @Actor() actor: string,
  ): Promise<RunnerStatus> {
    return this.runner.stop({ actor, reason });
  }

  @Post('pause')
  @HttpCode(200)
  @ForOperators()
  @UseGuards(ThrottlerGuard)
  pause(
    @Body(new ZodPipe(reasonBodySchema)) { reason }: ReasonBody,
    @Actor() actor: string,
  ): Promise<RunnerStatus> {
    return this.runner.pause({ actor, reason });
  }

  @Post('resume')
  @HttpCode(200)
  @ForOperators()
  @UseGuards(ThrottlerGuard)
  resume(
    @Body(new ZodPipe(reasonBodySchema)) { reason }: ReasonBody,
    @Actor() actor: string,
  ): Promise<RunnerStatus> {
    return this.runner.resume({ actor, reason });
  }

  /** The five-word state of the existing ControlPanel, and beside it, in `status`, all this instance says of itself. */
  @Get('status')
  @ForViewers()
  status(): RuntimeState & { status: RunnerStatus } {
    return { ...this.machine.getRuntimeState(), status: this.runner.status() };
  }
}
