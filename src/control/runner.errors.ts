/** What can go wrong with a command. */
import { ExchangeError } from '../errors';
import type { OperatorCommand } from '../state-machine/guards';
import type { ConnectionState } from '../state-machine/connection-state';

/** Thrown when a command cannot be carried out now; says which can. */
export class CommandNotAllowedError extends ExchangeError {
  readonly code = 'COMMAND_NOT_ALLOWED';

  constructor(
    readonly command: OperatorCommand,
    readonly state: ConnectionState,
    readonly allowed: readonly OperatorCommand[],
    circumstance = '',
  ) {
    const now =
      allowed.length === 0 ? 'No command can be given now.' : `Possible now: ${allowed.join(', ')}.`;
    super(`Cannot ${command} while ${state}${circumstance}. ${now}`);
  }

  override get details() {
    return { command: this.command, state: this.state, allowed: this.allowed };
  }
}

/** Recorded when a workload ended although nobody told it to. */
export class WorkloadEndedError extends ExchangeError {
  readonly code = 'WORKLOAD_FAILED';

  constructor(readonly exchangeName: string) {
    super(`The workload of exchange ${exchangeName} ended by itself.`);
  }

  override get details() {
    return { exchange: this.exchangeName };
  }
}
