/**
 * Public surface of the library. What is not named here is internal and may change.
 */
export { RegistryModule } from './registry/registry.module';
export type { AdminInfo, RegistryModuleOptions, RegistrySettings } from './registry/registry.options';
export { InvalidSettingError } from './registry/registry.options';
export { InstanceRegistry } from './registry/instance-registry';
export type { LastError, RegisterOptions } from './registry/instance-registry';
export type { EndReason } from './registry/tenure';
export type { StopOrder, Work } from './registry/work-end';
export type { Lease, LeaseHealth } from './registry/lease';
export type { ExchangeIdentity } from './registry/exchange-identity';
export { exchangeStatusSchema, readStatus } from './registry/exchange-status';
export type { ExchangeStatus, StartupStatus, StatusReading } from './registry/exchange-status';

export { StateMachine } from './state-machine/state-machine';
export type { MoveReason } from './state-machine/state-machine';
export { ConnectionState, TRANSITIONS } from './state-machine/connection-state';
export { transition, INITIAL_SNAPSHOT } from './state-machine/transition';
export type { Effect, MachineEvent, Snapshot, Step, Transition } from './state-machine/transition';
export type { RuntimeFacts, RuntimeState, Waiting } from './state-machine/legacy-state';

export { Standby, StandbyWatch } from './registry/standby';
export { Journal } from './registry/journal';
export type { JournalEntry } from './registry/journal';
export { ActivityType } from './registry/activity';
export type { ActivityEntry, ActivityEvent, Predecessor } from './registry/activity';
export type { ActivityLog, ActivityPage, ActivityPageRequest } from './registry/activity-log';
export type { Command, CommandQueue, QueuedCommand, TakeOutcome } from './registry/command-queue';
export { CommandType } from './registry/command-queue';
export type { FencedCommand, FencedWriteOutcome, FencedWriter } from './registry/fenced-writer';
export type {
  ClaimOutcome,
  ClaimRef,
  HolderView,
  LeaseStore,
  ReadOutcome,
  RenewOutcome,
  RevokeOutcome,
} from './registry/lease-store';
export type { RegistryAdapters } from './registry/adapters';
export {
  ACTIVITY_LOG,
  CLOCK,
  COMMAND_QUEUE,
  FENCED_WRITER,
  LEASE_STORE,
  REGISTRY_SETTINGS,
} from './registry/registry.tokens';

export { ERROR_CODES, ExchangeError } from './errors';
export type { ErrorCode } from './errors';
export {
  AlreadyRegisteredError,
  ClaimAbortedError,
  ClaimDeferredError,
  ExchangeTakenError,
  FencedOutError,
  LeaseLostError,
  NotRegisteredError,
  ReplicasMissingError,
  StatusPoisonedError,
  StoreUnavailableError,
  WorkStillRunningError,
} from './registry/registry.errors';
export { PreflightFailedError } from './registry/preflight.error';
export {
  IllegalPauseError,
  IllegalTransitionError,
  TransitionSupersededError,
} from './state-machine/state-machine.errors';

export { SystemClock } from './clock';
export type { Clock, ClockReading, Timer } from './clock';
/** For users' tests. */
export { FakeClock } from './fake-clock';
export { memoryAdapters, MemoryStore } from './registry/memory';
