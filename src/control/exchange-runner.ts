/**
 * The one owner of start, stop, pause, resume and shutdown of this instance.
 *
 * Decides which command is possible now, and lets one request run at a time. Every command that concerns an exchange is
 * recorded in its activity log, refused ones too.
 */
import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { Clock } from '../clock';
import { codeOf, messageOf, publicMessageOf } from '../errors';
import type { Catalogue } from '../exchange/catalogue';
import { ExitCode, type ProcessExit } from '../process-exit';
import { ActivityType } from '../registry/activity';
import type { ExchangeIdentity } from '../registry/exchange-identity';
import { ExchangeTakenError } from '../registry/registry.errors';
import type { Standby } from '../registry/standby';
import { allowedCommands, type OperatorCommand } from '../state-machine/guards';
import { isRefusal } from './refusal';
import type { RunServices } from './exchange-run';
import { RunLoop, type RunRequest } from './run-loop';
import { CommandNotAllowedError } from './runner.errors';
import type { RunnerStatus } from './runner-status';

export interface CommandRequest {
  readonly actor: string;
  readonly reason: string | null;
  /** Given for a command that whoever passes it on records by itself. */
  readonly commandId?: string;
}

export interface StartRequest extends CommandRequest {
  /** Name in the catalogue. */
  readonly exchange: string;
  readonly standby: boolean;
}

export class ExchangeRunner {
  readonly #logger = new Logger(ExchangeRunner.name);
  readonly #services: RunServices;
  #loop: RunLoop | null = null;
  #closing = false;

  constructor(
    services: Omit<RunServices, 'onStuck'>,
    private readonly catalogue: Catalogue,
    private readonly standby: Standby,
    private readonly clock: Clock,
    private readonly processExit: ProcessExit,
    private readonly random: () => number = Math.random,
  ) {
    // Work that does not end although it must can only be ended with its process.
    this.#services = { ...services, onStuck: (error) => processExit.request(ExitCode.Fatal, error) };
    services.machine.useFacts(() => ({
      isStandby: this.#loop?.isStandby ?? false,
      waiting: this.#loop?.waiting ?? null,
      exchangeConnected: this.#loop?.current?.workload?.connected ?? false,
      queueDepth: this.#loop?.current?.workload?.queueDepth ?? 0,
      startup: services.registry.getStatus()?.startup ?? null,
    }));
  }

  /**
   * Starts work on an exchange here. Resolves once `starting` is confirmed, or once it waits as a standby. Rejects with
   * `CommandNotAllowedError`, `UnknownExchangeError`, or with what refused the claim (`ExchangeTakenError`, …).
   */
  async start(request: StartRequest): Promise<RunnerStatus> {
    const entry = this.catalogue.byName(request.exchange);
    return this.#recorded('start', entry, request, async () => {
      this.#assertAllowed('start');
      const { standby, actor } = request;
      const loop = this.#begin({
        entry,
        standby,
        autostart: false,
        actor,
        cause: request.reason ?? 'control start',
      });
      await loop.decided;
    });
  }

  /**
   * Starts under autostart: goes on trying, and asks for the end of the process (code 75) when the exchange is taken and
   * `standby` is off. Returns at once. Throws `UnknownExchangeError`.
   */
  autostart(exchange: string, standby: boolean): void {
    if (this.#closing) return;
    const entry = this.catalogue.byName(exchange);
    const loop = this.#begin({ entry, standby, autostart: true, actor: 'system', cause: 'autostart' });
    loop.finished.catch((error: unknown) => {
      const { instanceId } = this.#services.registry;
      this.#logger.fatal({ msg: messageOf(error), exchange, instance: instanceId, state: 'idle' });
      const code = error instanceof ExchangeTakenError ? ExitCode.ExchangeTaken : ExitCode.Fatal;
      this.processExit.request(code, error instanceof Error ? error : new TypeError(messageOf(error)));
    });
  }

  /** Stops in order and gives the exchange back; ends a wait, too. Rejects with `WorkStillRunningError` past its limits. */
  async stop(request: CommandRequest): Promise<RunnerStatus> {
    return this.#recorded('stop', this.#entry(), request, async () => {
      this.#assertAllowed('stop');
      await this.#stopLoop(request.actor, request.reason ?? 'control stop');
    });
  }

  async pause(request: CommandRequest): Promise<RunnerStatus> {
    return this.#recorded('pause', this.#entry(), request, async () => {
      this.#assertAllowed('pause');
      this.#loop?.current?.workload?.pause();
      this.#services.machine.pause({ actor: request.actor, cause: request.reason ?? 'control pause' });
    });
  }

  async resume(request: CommandRequest): Promise<RunnerStatus> {
    return this.#recorded('resume', this.#entry(), request, async () => {
      this.#assertAllowed('resume');
      this.#services.registry.lease?.assertHeld();
      this.#loop?.current?.workload?.resume();
      this.#services.machine.resume({ actor: request.actor, cause: request.reason ?? 'control resume' });
    });
  }

  /** Ends everything in order, within the limits, and takes no further command. Never rejects. */
  async shutdown(cause: string): Promise<void> {
    this.#closing = true;
    try {
      await this.#stopLoop('system', cause);
    } catch (error) {
      this.#logger.fatal({
        msg: `shutdown: ${messageOf(error)}`,
        instance: this.#services.registry.instanceId,
      });
    }
  }

  status(): RunnerStatus {
    const { registry, machine } = this.#services;
    const entry = this.#entry();
    const { currentState, snapshot } = machine;
    return {
      instanceId: registry.instanceId,
      exchange: entry === null ? null : { id: entry.id, name: entry.name },
      connectionState: currentState,
      isPaused: snapshot.isPaused,
      standby: this.#loop?.isStandby ?? false,
      waiting: this.#loop?.waiting ?? null,
      allowedCommands: this.#allowed(),
      lease: registry.leaseHealth,
      fencingToken: registry.lease?.fencingToken ?? null,
      lastError: registry.lastError?.message ?? null,
      lastErrorAt: registry.lastError?.at ?? null,
      startup: registry.getStatus()?.startup ?? null,
    };
  }

  #begin(request: RunRequest): RunLoop {
    const loop = new RunLoop(request, this.#services, this.standby, this.clock, this.random);
    this.#loop = loop;
    const over = () => {
      if (this.#loop === loop) this.#loop = null;
    };
    loop.finished.then(over, (error: unknown) => {
      // Whoever requested it has long been answered.
      if (loop.isDecided) this.#services.registry.recordError(error, request.entry);
      over();
    });
    return loop;
  }

  /** Rejects when the work is stuck: its claim is then kept, and nothing more is waited for. */
  async #stopLoop(actor: string, cause: string): Promise<void> {
    const stuck = this.#services.registry.whenStuck().then((error) => Promise.reject(error));
    const reason = { actor, cause };
    // Without a loop that carries it: whatever is held must not be out of reach.
    await Promise.race([this.#loop?.stop(reason) ?? this.#services.registry.deregister(reason), stuck]);
  }

  #allowed(): OperatorCommand[] {
    if (this.#closing) return [];
    const { currentState, snapshot } = this.#services.machine;
    // Claiming, waiting, or between two tries: nothing runs, but there is something to stop.
    if (this.#entry() !== null && currentState === 'idle') return ['stop'];
    return allowedCommands(snapshot);
  }

  #assertAllowed(command: OperatorCommand): void {
    const allowed = this.#allowed();
    if (allowed.includes(command)) return;
    const { currentState, snapshot } = this.#services.machine;
    const circumstance = this.#closing ? ' and shutting down' : snapshot.isPaused ? ' and paused' : '';
    throw new CommandNotAllowedError(command, currentState, allowed, circumstance);
  }

  /** What is worked on or wanted; without a loop, what is held all the same. */
  #entry(): ExchangeIdentity | null {
    return this.#loop?.request.entry ?? this.#services.registry.lease?.exchange ?? null;
  }

  async #recorded(
    command: OperatorCommand,
    entry: ExchangeIdentity | null,
    { actor, reason, commandId }: CommandRequest,
    action: () => Promise<void>,
  ): Promise<RunnerStatus> {
    const record = (type: ActivityType, data: Record<string, unknown>) => {
      if (commandId !== undefined || entry === null) return;
      const exchange = { id: entry.id, name: entry.name };
      const cause = reason ?? `control ${command}`;
      this.#services.journal.record(exchange, {
        type,
        actor,
        cause,
        commandId: id,
        data: { command, ...data },
      });
    };
    const id = randomUUID();
    try {
      await action();
    } catch (error) {
      record(isRefusal(error) ? ActivityType.CommandRefused : ActivityType.CommandFailed, {
        code: codeOf(error, 'INTERNAL'),
        message: publicMessageOf(error),
      });
      throw error;
    }
    record(ActivityType.CommandDone, { state: this.#services.machine.currentState });
    return this.status();
  }
}
