import type { Clock } from '../clock';
import type { StateMachine } from '../state-machine/state-machine';
import type { Journal } from './journal';
import type { LeaseKeeper } from './lease-keeper';
import type { LeaseStore } from './lease-store';
import type { RegistrySettings } from './registry.options';
import type { Watchdog } from './watchdog';

/** What a tenure works with; shared by all tenures of an instance. */
export interface TenureServices {
  readonly machine: StateMachine;
  readonly keeper: LeaseKeeper;
  readonly store: LeaseStore;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly settings: RegistrySettings;
  /** Ends the process when it no longer acts on the deadline of its claim; `null` when that is turned off. */
  readonly watchdog: Watchdog | null;
}
