/**
 * The holder's ear: carries out the commands that other instances send to whoever holds an exchange.
 *
 * Listens from the beginning of a tenure to its end, and takes only commands meant for this claim. What it has taken is
 * answered in the activity log: accepted, then done, refused or failed, whatever becomes of the tenure meanwhile.
 */
import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { linkedAbort } from '../abort';
import { delay, type Clock } from '../clock';
import { codeOf, ExchangeError, publicDetailsOf, publicMessageOf } from '../errors';
import { ActivityType } from '../registry/activity';
import {
  CommandType,
  type Command,
  type CommandQueue,
  type QueuedCommand,
  type TakeOutcome,
} from '../registry/command-queue';
import { InstanceRegistry } from '../registry/instance-registry';
import { Journal } from '../registry/journal';
import type { Lease } from '../registry/lease';
import { NotRegisteredError } from '../registry/registry.errors';
import { CLOCK, COMMAND_QUEUE } from '../registry/registry.tokens';
import { ExchangeRunner } from './exchange-runner';
import { isRefusal } from './refusal';
import type { RunnerStatus } from './runner-status';

const TAKE_ATTEMPTS = 6;

/** Between two attempts to take a command; long enough for a connection to come back. */
const TAKE_PAUSE_MS = 500;

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
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.#stopListening = this.registry.onTenure((lease) => void this.#listen(lease));
  }

  onModuleDestroy(): void {
    this.#stopListening();
    this.#closing.abort();
  }

  async #listen(lease: Lease): Promise<void> {
    const over = linkedAbort(this.#closing.signal);
    const { signal } = over;
    void lease.ended.then(() => over.abort());
    try {
      for await (const queued of this.queue.follow(lease.exchange.id, signal)) {
        if (queued.command.claimId === lease.claimId) await this.#take(lease, queued, signal);
      }
    } catch (error) {
      this.#logger.error({ msg: 'listening for commands failed', exchange: lease.exchange.name, err: error });
    } finally {
      over.unlink();
    }
  }

  /** Carrying out is not waited for: a stop takes its time, and what comes after it deserves an answer now. */
  async #take(lease: Lease, { queueId, command }: QueuedCommand, signal: AbortSignal): Promise<void> {
    try {
      const take = () => this.queue.take(lease.exchange.id, queueId, lease.claimId);
      if ((await this.#untilSure(take, signal)) === 'mine') void this.#obey(lease, command);
    } catch (error) {
      // It may be out of the queue already: then nobody else will ever answer.
      this.#logger.warn({ msg: 'command not taken', commandId: command.commandId, err: error });
      this.#answer(lease, command, ActivityType.CommandFailed, { error: describeError(error) });
    }
  }

  /** Asks again a few times: a taker gets the same answer each time. */
  async #untilSure(take: () => Promise<TakeOutcome>, signal: AbortSignal): Promise<TakeOutcome> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await take();
      } catch (error) {
        if (attempt === TAKE_ATTEMPTS || signal.aborted) throw error;
        await delay(this.clock, TAKE_PAUSE_MS, signal).catch(() => undefined);
      }
    }
  }

  async #obey(lease: Lease, command: Command): Promise<void> {
    this.#answer(lease, command, ActivityType.CommandAccepted, { sentBy: command.sentBy });
    try {
      if (this.registry.lease?.claimId !== command.claimId) throw new NotRegisteredError();
      const result = await this.#carryOut({ ...command, reason: causeOf(command) });
      this.#answer(lease, command, ActivityType.CommandDone, { result });
    } catch (error) {
      const type = isRefusal(error) ? ActivityType.CommandRefused : ActivityType.CommandFailed;
      this.#answer(lease, command, type, { error: describeError(error) });
    }
  }

  #answer(lease: Lease, command: Command, type: ActivityType, data: Record<string, unknown>): void {
    this.journal.record(lease.exchange, {
      type,
      cause: causeOf(command),
      data: { type: command.type, ...data },
      actor: command.actor,
      commandId: command.commandId,
      claimId: lease.claimId,
      fencingToken: lease.fencingToken,
    });
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

function causeOf({ type, reason, sentBy }: Command): string {
  return reason ?? `${type} sent by ${sentBy}`;
}

function describeError(error: unknown): Readonly<Record<string, unknown>> {
  const details = error instanceof ExchangeError ? publicDetailsOf(error) : {};
  return { ...details, code: codeOf(error, 'INTERNAL'), message: publicMessageOf(error) };
}
