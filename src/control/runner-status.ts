/** What an instance says of itself when asked. */
import type { StartupStatus } from '../registry/exchange-status';
import type { LeaseHealth } from '../registry/lease';
import type { ConnectionState } from '../state-machine/connection-state';
import type { OperatorCommand } from '../state-machine/guards';
import type { Waiting } from '../state-machine/legacy-state';

export interface RunnerStatus {
  readonly instanceId: string;
  /** The exchange held or waited for; `null` when idle. */
  readonly exchange: { readonly id: number; readonly name: string } | null;
  readonly connectionState: ConnectionState;
  readonly isPaused: boolean;
  /** Waiting because it was started as a standby. */
  readonly standby: boolean;
  /** What it waits for, as a standby or because autostart tries again; `null` when it does not wait. */
  readonly waiting: Waiting | null;
  readonly allowedCommands: readonly OperatorCommand[];
  readonly lease: LeaseHealth;
  readonly fencingToken: number | null;
  readonly lastError: string | null;
  /** ISO 8601 UTC. */
  readonly lastErrorAt: string | null;
  readonly startup: StartupStatus | null;
}
