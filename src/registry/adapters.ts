/** The ports of the registry as one set: Redis in production, memory in tests. */
import type { ActivityLog } from './activity-log';
import type { CommandQueue } from './command-queue';
import type { FencedWriter } from './fenced-writer';
import type { LeaseStore } from './lease-store';

export interface RegistryAdapters {
  readonly store: LeaseStore;
  readonly log: ActivityLog;
  readonly commands: CommandQueue;
  readonly writer: FencedWriter;
  /**
   * Finds out before anything is claimed whether the store fits. Rejects with a `PreflightFailedError` that names every
   * problem; resolves to warnings that do not prevent a start.
   */
  check(): Promise<readonly string[]>;
  /** Closes every connection. */
  close(): Promise<void>;
}
