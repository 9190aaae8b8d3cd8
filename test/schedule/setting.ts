/** The times of a world: short against each other in the way that lets few steps get far. */
import {
  compileOptions,
  type RegistryModuleOptions,
  type RegistrySettings,
} from '../../src/registry/registry.options';
import type { WorkPace } from '../simulation/simulated-workload';

export interface Times {
  readonly settings: RegistrySettings;
  readonly pace: WorkPace;
}

/** A reply that is waited for longer than the margin lasts; an end that takes longer than it may; both; neither. */
const TIMES: readonly Times[] = [
  times({ safetyMarginMs: 400, commandTimeoutMs: 150, stopTimeoutMs: 1_000 }, 0),
  times({ safetyMarginMs: 100, commandTimeoutMs: 440, stopTimeoutMs: 1_000 }, 0),
  times({ safetyMarginMs: 400, commandTimeoutMs: 150, stopTimeoutMs: 300 }, 200),
  times({ safetyMarginMs: 100, commandTimeoutMs: 440, stopTimeoutMs: 100 }, 400),
];

function times(options: RegistryModuleOptions, finishMs: number): Times {
  const lease = { leaseTtlMs: 3_000, heartbeatIntervalMs: 900, hostname: 'host' };
  return {
    settings: compileOptions({ ...lease, ...options }),
    pace: { startMs: 100, warmUpMs: 100, actEveryMs: 400, finishMs },
  };
}

/** Of any number: the sets come round again. */
export function timesOf(pick: number): Times {
  const chosen = TIMES[pick % TIMES.length];
  if (chosen === undefined) throw new RangeError('there are no times to choose from');
  return chosen;
}
