/**
 * Sends a command to whoever holds an exchange, and waits for what becomes of it.
 *
 * The command goes through the store and is meant for one claim: a later holder does not obey it. At the time limit an
 * unread command is withdrawn, so it is either carried out or surely not. Not guaranteed: that a command which the
 * holder has taken comes to an end; then the report is `running`, and the activity log has the rest. Nor can a command be
 * told from an unread one if Redis lost its data after the holder took it and before the log showed that.
 */
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { linkedAbort, sharedAbort } from '../abort';
import { elapsedMs, type Clock } from '../clock';
import type { CatalogueEntry } from '../exchange/catalogue';
import { ActivityType, type ActivityEntry } from '../registry/activity';
import type { ActivityLog } from '../registry/activity-log';
import type { Command, CommandQueue, CommandType, TakeOutcome } from '../registry/command-queue';
import { InstanceRegistry } from '../registry/instance-registry';
import { Journal } from '../registry/journal';
import type { HolderView } from '../registry/lease-store';
import { ACTIVITY_LOG, CLOCK, COMMAND_QUEUE } from '../registry/registry.tokens';
import { reportOf, type CommandReport } from './command-report';
import { ExchangeDirectory } from './exchange-directory';
import { CommandExpiredError, ExchangeOfflineError, type UnreadReason } from './network.errors';

/** How much longer than its sender waits a command stays in the queue, if the sender dies before it withdraws it. */
const QUEUE_GRACE_MS = 5_000;

/** How many of the newest entries of the log are searched for a command that the queue no longer knows. */
const LOOK_BACK_COUNT = 1_000;

const UNREAD_CAUSES: Readonly<Record<UnreadReason, string>> = {
  'time-limit': 'not read by the holder in time',
  'claim-ended': 'the claim it was meant for ended before it was read',
  'sender-ended': 'its sender is shutting down, and nobody had read it',
};

export interface RemoteCommandRequest {
  readonly type: CommandType;
  readonly actor: string;
  readonly reason: string | null;
  readonly timeoutMs: number;
}

interface SentCommand {
  readonly exchange: CatalogueEntry;
  readonly command: Command;
  readonly queueId: string;
  /** The activity log's end before the command was sent. */
  readonly afterId: string;
}

@Injectable()
export class CommandSender implements OnModuleDestroy {
  readonly #closing = sharedAbort();

  constructor(
    private readonly directory: ExchangeDirectory,
    private readonly registry: InstanceRegistry,
    private readonly journal: Journal,
    @Inject(COMMAND_QUEUE) private readonly queue: CommandQueue,
    @Inject(ACTIVITY_LOG) private readonly log: ActivityLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleDestroy(): void {
    this.#closing.abort();
  }

  /**
   * Resolves with the report within about `timeoutMs`. Rejects with `UnknownExchangeError`, `ExchangeOfflineError`,
   * `CommandExpiredError` (nobody read it), and with `StoreUnavailableError` when it is not known whether the command will be read.
   */
  async send(
    name: string,
    request: RemoteCommandRequest,
  ): Promise<{ commandId: string; report: CommandReport }> {
    const exchange = this.directory.entry(name);
    const { claimId, holder } = addressable(exchange, await this.directory.holderOf(exchange));
    const command: Command = {
      commandId: randomUUID(),
      type: request.type,
      claimId,
      actor: request.actor,
      reason: request.reason,
      sentBy: this.registry.instanceId,
      sentAt: new Date(this.clock.read().wallMs).toISOString(),
    };
    const afterId = await this.log.lastId(exchange.id);
    await this.#journal(
      exchange,
      command,
      ActivityType.CommandSent,
      request.reason ?? `${request.type} requested`,
    );
    const queueId = await this.queue.send(exchange.id, command, request.timeoutMs + QUEUE_GRACE_MS);
    const sentAt = this.clock.read();
    const report = await this.#await({ exchange, command, queueId, afterId }, request.timeoutMs);
    const { commandId } = command;
    if (typeof report === 'object') return { commandId, report };
    const waitedMs =
      report === 'time-limit' ? request.timeoutMs : Math.round(elapsedMs(sentAt, this.clock.read()));
    await this.#journal(exchange, command, ActivityType.CommandExpired, UNREAD_CAUSES[report]);
    throw new CommandExpiredError(exchange, commandId, report, waitedMs, holder);
  }

  /** The report, or why nobody has read it; nobody will, then. */
  async #await(sent: SentCommand, timeoutMs: number): Promise<CommandReport | UnreadReason> {
    const waiting = linkedAbort(this.#closing.signal);
    const timer = this.clock.setTimer(timeoutMs, () => waiting.abort());
    try {
      const report = await this.#follow(sent, waiting.signal);
      if (report !== undefined) return report;
    } finally {
      timer.cancel();
      waiting.abort();
      waiting.unlink();
    }
    const reason = this.#closing.signal.aborted ? 'sender-ended' : 'time-limit';
    const outcome = await this.#withdraw(sent);
    if (outcome === 'gone') return (await this.#lookBack(sent)) ?? reason;
    return outcome === 'mine' ? reason : { outcome: 'running' };
  }

  /** `undefined`: nothing final until the signal. */
  async #follow(sent: SentCommand, signal: AbortSignal): Promise<CommandReport | UnreadReason | undefined> {
    let isTaken = false;
    for await (const entry of this.log.follow(sent.exchange.id, sent.afterId, signal)) {
      if (entry.commandId === sent.command.commandId) {
        const report = reportOf(entry);
        if (report !== null) return report;
        isTaken ||= entry.type === ActivityType.CommandAccepted;
      } else if (
        !isTaken &&
        endsTenure(entry, sent.command.claimId) &&
        (await this.#withdraw(sent)) !== 'other'
      ) {
        return 'claim-ended';
      }
    }
    return isTaken ? { outcome: 'running' } : undefined;
  }

  /** Under the command's own name: the holder, which takes under its claim's, may be this very instance. */
  #withdraw({ exchange, queueId, command }: SentCommand): Promise<TakeOutcome> {
    return this.queue.take(exchange.id, queueId, command.commandId);
  }

  /**
   * What the log says of a command that the queue no longer knows. A sender that was suspended for long finds the command
   * gone although it was taken, because the queue has forgotten by whom; the holder's word outlasts that.
   */
  async #lookBack({ exchange, command }: SentCommand): Promise<CommandReport | null> {
    const { entries } = await this.log.page(exchange.id, { count: LOOK_BACK_COUNT, cursor: null });
    const own = entries.filter(({ commandId }) => commandId === command.commandId);
    const isTaken = own.some(({ type }) => type === ActivityType.CommandAccepted);
    return own.map(reportOf).find((report) => report !== null) ?? (isTaken ? { outcome: 'running' } : null);
  }

  async #journal(exchange: CatalogueEntry, command: Command, type: ActivityEntry['type'], cause: string) {
    const { commandId, actor, claimId } = command;
    this.journal.record(exchange, { type, actor, cause, commandId, data: { type: command.type, claimId } });
    await this.journal.flush(exchange.id);
  }
}

/** The claim to address. Throws `ExchangeOfflineError` when there is none, or none that can be named. */
function addressable(exchange: CatalogueEntry, holder: HolderView | null) {
  if (holder === null) throw new ExchangeOfflineError(exchange);
  const { reading } = holder;
  if (reading.kind === 'garbage') throw new ExchangeOfflineError(exchange, reading.problem);
  const claimId = reading.kind === 'status' ? reading.status.claimId : reading.holder.claimId;
  if (claimId === undefined)
    throw new ExchangeOfflineError(exchange, 'the status of a program without commands');
  return { claimId, holder };
}

/** The claim a command is meant for is over: nobody will take it any more. */
function endsTenure(entry: ActivityEntry, claimId: string): boolean {
  const isEnd = entry.type === ActivityType.Released || entry.type === ActivityType.Lost;
  return (isEnd && entry.claimId === claimId) || entry.predecessor?.claimId === claimId;
}
