/**
 * The holder's ear: carries out the commands that other instances send to whoever holds an exchange.
 *
 * Listens from the beginning of a tenure to its end, and takes only commands meant for this claim. What it has taken is
 * answered in the activity log: accepted, then done, refused or failed, whatever becomes of the tenure meanwhile.
 */
import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ERROR_CODES, ExchangeError, messageOf } from '../errors';
import { ActivityType } from '../registry/activity';
import { CommandType, type Command, type CommandQueue, type QueuedCommand } from '../registry/command-queue';
import { InstanceRegistry } from '../registry/instance-registry';
import { Journal } from '../registry/journal';
import type { Lease } from '../registry/lease';
import { NotRegisteredError } from '../registry/registry.errors';
import { COMMAND_QUEUE } from '../registry/registry.tokens';
import { ExchangeRunner } from './exchange-runner';
import type { RunnerStatus } from './runner-status';

@Injectable()
export class CommandListener implements OnModuleInit, OnModuleDestroy {
  readonly #logger = new Logger(CommandListener.name);
  readonly #closing = new AbortController();
  #stopListening: () => void = () => {};

  constructor(
    private readonly registry: InstanceRegistry,
    private readonly runner: ExchangeRunner,
    private readonly journal: Journal,
    @Inject(COMMAND_QUEUE) private readonly queue: CommandQueue,
  ) {}

  onModuleInit(): void {
    this.#stopListening = this.registry.onTenure((lease) => void this.#listen(lease));
  }

  onModuleDestroy(): void {
    this.#stopListening();
    this.#closing.abort();
  }

  async #listen(lease: Lease): Promise<void> {
    const ended = new AbortController();
    void lease.ended.then(() => ended.abort());
    try {
      const signal = AbortSignal.any([ended.signal, this.#closing.signal]);
      for await (const queued of this.queue.follow(lease.exchange.id, signal)) {
        if (queued.command.claimId === lease.claimId) await this.#take(lease, queued);
      }
    } catch (error) {
      this.#logger.error({ msg: 'listening for commands failed', exchange: lease.exchange.name, err: error });
    }
  }

  /** Carrying out is not waited for: a stop takes its time, and what comes after it deserves an answer now. */
  async #take(lease: Lease, { queueId, command }: QueuedCommand): Promise<void> {
    try {
      if (await this.queue.take(lease.exchange.id, queueId)) void this.#obey(lease, command);
    } catch (error) {
      this.#logger.warn({ msg: 'command not taken', commandId: command.commandId, err: error });
    }
  }

  async #obey(lease: Lease, command: Command): Promise<void> {
    const cause = command.reason ?? `${command.type} sent by ${command.sentBy}`;
    const answer = (type: ActivityType, data: Record<string, unknown>) =>
      this.journal.record(lease.exchange, {
        type,
        cause,
        data: { type: command.type, ...data },
        actor: command.actor,
        commandId: command.commandId,
        claimId: lease.claimId,
        fencingToken: lease.fencingToken,
      });
    answer(ActivityType.CommandAccepted, { sentBy: command.sentBy });
    try {
      if (this.registry.lease?.claimId !== command.claimId) throw new NotRegisteredError();
      const result = await this.#carryOut({ ...command, reason: cause });
      answer(ActivityType.CommandDone, { result });
    } catch (error) {
      const type = isRefusal(error) ? ActivityType.CommandRefused : ActivityType.CommandFailed;
      answer(type, { error: describeError(error) });
    }
  }

  /** The runner is told the command's id, so that it does not record what is recorded here. */
  #carryOut({ type, actor, reason, commandId }: Command): Promise<RunnerStatus> {
    switch (type) {
      case CommandType.Stop:
        return this.runner.stop({ actor, reason, commandId });
      case CommandType.Pause:
        return this.runner.pause({ actor, reason, commandId });
      case CommandType.Resume:
        return this.runner.resume({ actor, reason, commandId });
    }
  }
}

/** It was not tried, because of the state this instance is in. */
function isRefusal(error: unknown): boolean {
  return error instanceof ExchangeError && ERROR_CODES[error.code] === 409;
}

function describeError(error: unknown): Readonly<Record<string, unknown>> {
  const known =
    error instanceof ExchangeError ? { ...error.details, code: error.code } : { code: 'INTERNAL' };
  return { ...known, message: messageOf(error) };
}
