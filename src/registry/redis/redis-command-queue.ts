/** Commands for the holder on a Redis stream of short life. Taking is deleting: exactly one taker deletes. */
import { randomUUID } from 'node:crypto';
import {
  commandSchema,
  TAKER_MEMORY_MS,
  type Command,
  type CommandQueue,
  type QueuedCommand,
  type TakeOutcome,
} from '../command-queue';
import { FIRST_STREAM_ID, isStreamId } from '../stream-id';
import type { LeaseConnection } from './connection';
import { followStream } from './follow-stream';
import { keys } from './keys';
import type { Echoed } from './observer.scripts';
import { callScript, defineScript, type Script } from './script';
import { storeUnavailable } from './store-failure';

interface SendRequest extends Echoed {
  readonly exchangeId: number;
  readonly command: Command;
  readonly ttlMs: number;
}

interface TakeRequest extends Echoed {
  readonly exchangeId: number;
  readonly queueId: string;
  readonly taker: string;
}

export const sendCommandScript = defineScript<SendRequest, string>({
  name: 'send-command',
  keys: ({ exchangeId }) => [keys.commands(exchangeId)],
  argv: ({ requestId, ttlMs, command }) => [requestId, ttlMs, JSON.stringify(command)],
  parse: (reply) => reply.text(1),
});

export const takeCommandScript = defineScript<TakeRequest, TakeOutcome>({
  name: 'take-command',
  keys: ({ exchangeId, queueId }) => [keys.commands(exchangeId), keys.taken(exchangeId, queueId)],
  argv: ({ requestId, queueId, taker }) => [requestId, queueId, taker, TAKER_MEMORY_MS],
  parse: (reply) => {
    const outcome = reply.text(1);
    return outcome === 'mine' || outcome === 'other' || outcome === 'gone' ? outcome : reply.unexpected();
  },
});

export class RedisCommandQueue implements CommandQueue {
  constructor(private readonly connection: LeaseConnection) {}

  send(exchangeId: number, command: Command, ttlMs: number): Promise<string> {
    const request = { exchangeId, command, ttlMs, requestId: randomUUID() };
    return this.ask('sending a command', sendCommandScript, request);
  }

  async take(exchangeId: number, queueId: string, taker: string): Promise<TakeOutcome> {
    if (!isStreamId(queueId)) return 'gone';
    const request = { exchangeId, queueId, taker, requestId: randomUUID() };
    return this.ask('taking a command', takeCommandScript, request);
  }

  async *follow(exchangeId: number, signal: AbortSignal): AsyncIterable<QueuedCommand> {
    for await (const { id, fields } of followStream(
      this.connection,
      keys.commands(exchangeId),
      FIRST_STREAM_ID,
      signal,
    )) {
      const command = readCommand(fields.get('command'));
      if (command !== null) yield { queueId: id, command };
    }
  }

  private async ask<Request, Outcome>(
    operation: string,
    script: Script<Request, Outcome>,
    request: Request,
  ): Promise<Outcome> {
    try {
      return await callScript(this.connection.client, script, request);
    } catch (error) {
      throw storeUnavailable(operation, error);
    }
  }
}

/** `null` when an outsider put it there. */
function readCommand(json: string | undefined): Command | null {
  try {
    return commandSchema.parse(JSON.parse(json ?? ''));
  } catch {
    return null;
  }
}
