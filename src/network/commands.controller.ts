/** Requests about an exchange, carried to its holder wherever it runs. */
import { Body, Controller, HttpCode, Param, Post, Res, UseGuards } from '@nestjs/common';
import { ThrottlerGuard } from '@nestjs/throttler';
import { Actor, ForOperators } from '../http/access.decorator';
import { ZodPipe } from '../http/zod.pipe';
import { CommandSender } from './command-sender';
import { commandBodySchema, revokeBodySchema, type CommandBody, type RevokeBody } from './network.schemas';
import { Revocation, type RevocationReport } from './revocation';

@Controller('network/exchanges/:name')
@ForOperators()
@UseGuards(ThrottlerGuard)
export class CommandsController {
  constructor(
    private readonly sender: CommandSender,
    private readonly revocation: Revocation,
  ) {}

  /** 200 with what became of it; 202 when it still runs at the time limit. */
  @Post('commands')
  async send(
    @Param('name') name: string,
    @Body(new ZodPipe(commandBodySchema)) body: CommandBody,
    @Actor() actor: string,
    @Res({ passthrough: true }) response: { status(code: number): unknown },
  ) {
    const { commandId, report } = await this.sender.send(name, { ...body, actor });
    response.status(report.outcome === 'running' ? 202 : 200);
    return { commandId, exchange: name, type: body.type, ...report };
  }

  @Post('revoke')
  @HttpCode(200)
  revoke(
    @Param('name') name: string,
    @Body(new ZodPipe(revokeBodySchema)) body: RevokeBody,
    @Actor() actor: string,
  ): Promise<RevocationReport> {
    return this.revocation.revoke(name, { ...body, actor });
  }
}
