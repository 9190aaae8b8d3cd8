/** Who this process is: made once per process start, and part of everything it writes. */
import { randomUUID } from 'node:crypto';
import { pid } from 'node:process';
import type { ProcessTable } from './process-identity';
import type { ProcessIdentity } from './exchange-status';
import type { RegistrySettings } from './registry.options';

export interface Instance {
  /** New at every process start: a pid is 1 in every container, and a hostname outlives its process. */
  readonly instanceId: string;
  readonly hostname: string;
  readonly pid: number;
  readonly appVersion: string;
  readonly process: ProcessIdentity | null;
}

export function describeInstance(
  { hostname, appVersion }: Pick<RegistrySettings, 'hostname' | 'appVersion'>,
  processes: ProcessTable,
): Instance {
  return Object.freeze({ instanceId: randomUUID(), hostname, pid, appVersion, process: processes.own() });
}
