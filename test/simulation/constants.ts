/**
 * The constants of one simulated world, drawn anew for every seed within the relations that the product demands.
 *
 * With fixed constants half of the planted bugs would stay invisible: a reply that takes longer than the margin, for
 * example, cannot happen with the defaults.
 */
import {
  compileOptions,
  type RegistryModuleOptions,
  type RegistrySettings,
} from '../../src/registry/registry.options';
import type { Draw } from './draw';

export interface Constants {
  readonly options: RegistryModuleOptions;
  readonly settings: RegistrySettings;
  /** One way, milliseconds, on a good day. */
  readonly latencyMs: number;
  readonly granularityMs: number;
  /** Clock rates: one per machine, and the store's. */
  readonly rates: readonly number[];
  readonly storeRate: number;
  /** What the store's clock may jump, all jumps together, without leaving the promise. */
  readonly jumpBudgetMs: number;
  /** How long a request may be on its way at most. */
  readonly latestMs: number;
  readonly instances: number;
  /** Whether each slot waits for the exchange, or gives up with code 75 and is started again. */
  readonly standby: readonly boolean[];
  /** Slots of the same number share a hostname. */
  readonly hosts: readonly number[];
  readonly actEveryMs: number;
  readonly startMs: number;
  readonly warmUpMs: number;
  readonly finishMs: number;
  /** Under faults. */
  readonly durationMs: number;
  readonly meanGapMs: number;
}

export function drawConstants(draw: Draw): Constants {
  const leaseTtlMs = Math.round(draw.magnitude(500, 86_400_000));
  const safetyMarginMs = Math.max(10, Math.round(leaseTtlMs * draw.magnitude(0.025, 0.33)));
  const longestBeatMs = Math.floor((leaseTtlMs - safetyMarginMs) / 2);
  const heartbeatIntervalMs = Math.max(
    50,
    Math.min(longestBeatMs, Math.round(leaseTtlMs * draw.between(0.15, 0.5))),
  );
  const commandTimeoutMs = Math.max(
    10,
    Math.ceil(heartbeatIntervalMs * draw.pick([0.49, draw.magnitude(0.05, 0.49)])) - 1,
  );
  const stopTimeoutMs = Math.min(3_600_000, Math.round(leaseTtlMs * draw.between(0, 0.8)));
  const options = { leaseTtlMs, safetyMarginMs, heartbeatIntervalMs, commandTimeoutMs, stopTimeoutMs };
  const instances = draw.whole(2, 4);
  // Rates that differ by margin / TTL or more are outside the promise.
  const drift = Math.min(0.01, (safetyMarginMs / leaseTtlMs) * 0.4) * draw.pick([0, 0.5, 1]);
  const rate = () => 1 + drift * draw.pick([-1, 1, draw.between(-1, 1)]);
  return {
    options,
    settings: compileOptions(options),
    latencyMs: commandTimeoutMs * draw.magnitude(0.001, 0.2),
    // A lease looks at its deadline every second: in a claim of hours most of these looks are left out.
    granularityMs: draw.pick(
      leaseTtlMs < 600_000 ? [0, safetyMarginMs / 50, safetyMarginMs / 10] : [safetyMarginMs / 10],
    ),
    rates: Array.from({ length: instances }, rate),
    storeRate: rate(),
    jumpBudgetMs: Math.floor(0.8 * (safetyMarginMs - leaseTtlMs * 2.05 * drift) - 2),
    latestMs: leaseTtlMs * draw.pick([0.1, 1, 3]),
    instances,
    standby: Array.from({ length: instances }, (_, slot) => slot < 2 || draw.chance(0.6)),
    hosts: Array.from({ length: instances }, (_, slot) => draw.whole(0, slot)),
    actEveryMs: Math.max(5, heartbeatIntervalMs * draw.magnitude(0.1, 2)),
    startMs: leaseTtlMs * draw.magnitude(0.001, 0.3),
    warmUpMs: leaseTtlMs * draw.magnitude(0.001, 0.3),
    finishMs: draw.chance(0.5) ? 0 : Math.max(1, stopTimeoutMs * draw.between(0.1, 1.5)),
    durationMs: leaseTtlMs * draw.magnitude(15, 60),
    meanGapMs: leaseTtlMs * draw.magnitude(0.3, 3),
  };
}
