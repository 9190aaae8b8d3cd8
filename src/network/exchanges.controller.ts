/** Reading: which exchanges there are, who holds them, what happened there. */
import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { Actor, ForViewers, Role } from '../http/access.decorator';
import { ZodPipe } from '../http/zod.pipe';
import type { ActivityLog, ActivityPage } from '../registry/activity-log';
import { ACTIVITY_LOG } from '../registry/registry.tokens';
import { BulkReads } from './bulk-reads';
import { ExchangeDirectory } from './exchange-directory';
import type { ExchangeView } from './exchange-view';
import { activityQuerySchema, type ActivityQuery } from './network.schemas';

@Controller('network/exchanges')
@ForViewers()
export class ExchangesController {
  constructor(
    private readonly directory: ExchangeDirectory,
    private readonly reads: BulkReads,
    @Inject(ACTIVITY_LOG) private readonly log: ActivityLog,
  ) {}

  @Get()
  async list(@Actor() actor: string): Promise<{ exchanges: ExchangeView[] }> {
    const exchanges = await this.reads.take(actor === Role.Operator, () => this.directory.list());
    return { exchanges };
  }

  @Get(':name')
  find(@Param('name') name: string): Promise<ExchangeView> {
    return this.directory.find(name);
  }

  /** Newest first; `nextCursor` leads to the older ones. */
  @Get(':name/activity')
  async activity(
    @Param('name') name: string,
    @Query(new ZodPipe(activityQuerySchema)) query: ActivityQuery,
    @Actor() actor: string,
  ): Promise<ActivityPage> {
    const { id } = this.directory.entry(name);
    return this.reads.take(actor === Role.Operator, () => this.log.page(id, query));
  }
}
