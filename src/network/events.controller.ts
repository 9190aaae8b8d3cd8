/** The event stream as a route. */
import { Controller, Get, Headers, Req, Res } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { Actor, ForViewers, Role } from '../http/access.decorator';
import { EventStream } from './event-stream';

@Controller('network/events')
@ForViewers()
export class EventsController {
  constructor(private readonly stream: EventStream) {}

  @Get()
  async open(
    @Req() request: { readonly method: string },
    @Res() response: ServerResponse,
    @Actor() actor: string,
    @Headers('last-event-id') lastEventId = '',
  ): Promise<void> {
    if (request.method === 'HEAD') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' }).end();
      return;
    }
    await this.stream.open(response, { lastEventId, isOperator: actor === Role.Operator });
  }
}
