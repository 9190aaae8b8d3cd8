/** Who holds what, what happens there, and requests to whoever holds it. Needs the registry and the catalogue. */
import { Module } from '@nestjs/common';
import { BulkReads } from './bulk-reads';
import { CommandSender } from './command-sender';
import { CommandsController } from './commands.controller';
import { EventStream } from './event-stream';
import { EventsController } from './events.controller';
import { ExchangeDirectory } from './exchange-directory';
import { ExchangeWatch } from './exchange-watch';
import { ExchangesController } from './exchanges.controller';
import { Revocation } from './revocation';

@Module({
  controllers: [ExchangesController, CommandsController, EventsController],
  providers: [ExchangeDirectory, BulkReads, ExchangeWatch, CommandSender, Revocation, EventStream],
})
export class NetworkModule {}
