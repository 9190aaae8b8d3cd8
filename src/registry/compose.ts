/**
 * Puts the registry of one instance together from its ports. Used by the Nest module, and by whoever runs instances
 * without Nest: tests, simulations.
 */
import type { Clock } from '../clock';
import { StateMachine } from '../state-machine/state-machine';
import type { ActivityLog } from './activity-log';
import { Claimant } from './claimant';
import { describeInstance, type Instance } from './instance';
import { InstanceRegistry } from './instance-registry';
import { Journal } from './journal';
import { LeaseKeeper } from './lease-keeper';
import type { LeaseStore } from './lease-store';
import type { ProcessTable } from './process-identity';
import type { RegistrySettings } from './registry.options';
import { Standby } from './standby';
import type { Watchdog } from './watchdog';

export interface RegistryPorts {
  readonly store: LeaseStore;
  readonly log: ActivityLog;
  readonly clock: Clock;
  readonly processes: ProcessTable;
  readonly random?: () => number;
  readonly watchdog?: Watchdog | null;
}

export interface RegistryParts {
  readonly instance: Instance;
  readonly journal: Journal;
  readonly keeper: LeaseKeeper;
  readonly machine: StateMachine;
  readonly registry: InstanceRegistry;
  readonly standby: Standby;
}

export function composeRegistry(settings: RegistrySettings, ports: RegistryPorts): RegistryParts {
  const { store, log, clock, processes, random, watchdog = null } = ports;
  const instance = describeInstance(settings, processes);
  const journal = new Journal(store, clock, instance.instanceId, settings.commandTimeoutMs);
  const keeper = new LeaseKeeper(store, clock, settings, random);
  const machine = new StateMachine(clock);
  const claimant = new Claimant(store, journal, clock, settings, instance, processes);
  const services = { machine, keeper, store, journal, clock, settings, watchdog };
  const registry = new InstanceRegistry(instance, claimant, services);
  return {
    instance,
    journal,
    keeper,
    machine,
    registry,
    standby: new Standby(log, clock, instance.instanceId),
  };
}
