/** What goes wrong in a world, and when: a list, so that a failing run can be tried again with less of it. */
import type { Constants } from './constants';
import type { Draw } from './draw';

const PER_INSTANCE = [
  'freeze',
  'suspend',
  'crash',
  'reboot',
  'terminate',
  'wall-jump',
  'cut',
  'refuse',
  'lose',
  'late',
  'slow-reply',
  'fade',
  'work-fails',
  'work-sticks',
  'operator-stop',
  'operator-pause',
  'command-stop',
  'command-pause',
  'command-resume',
] as const;

const OF_THE_STORE = [
  'store-down',
  'store-restart',
  'store-forgets',
  'store-rolls-back',
  'store-clock-jump',
  'key-garbage',
  'key-deleted',
  'fence-deleted',
  'revoke',
  'revoke-dead',
] as const;

export const FAULT_KINDS = [...PER_INSTANCE, ...OF_THE_STORE] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Faults after which somebody may believe to hold what he no longer holds; only the fences are promised then. */
const BEYOND_BELIEF: ReadonlySet<FaultKind> = new Set(['key-deleted', 'fence-deleted', 'revoke-dead']);

export interface Fault {
  readonly kind: FaultKind;
  readonly atMs: number;
  readonly durationMs: number;
  readonly slot: number;
  /** From 0 to 1: whatever else the kind leaves open. */
  readonly force: number;
}

/** Each world has only some kinds of faults: what always meets everything never gets far. */
export function planFaults(draw: Draw, constants: Constants): Fault[] {
  const isWithinBelief = draw.chance(0.7);
  const share = draw.pick([0.15, 0.3, 0.6]);
  const kinds = FAULT_KINDS.filter(
    (kind) => draw.chance(share) && !(isWithinBelief && BEYOND_BELIEF.has(kind)),
  );
  if (kinds.length === 0) kinds.push(draw.pick(['freeze', 'crash', 'cut', 'late']));
  const { leaseTtlMs, safetyMarginMs, commandTimeoutMs, heartbeatIntervalMs } = constants.settings;
  const lengths = [
    commandTimeoutMs,
    heartbeatIntervalMs,
    leaseTtlMs / 3,
    leaseTtlMs - safetyMarginMs,
    leaseTtlMs,
    2 * leaseTtlMs,
  ];
  const faults: Fault[] = [];
  let jumpLeftMs = constants.jumpBudgetMs;
  for (let atMs = 0; ;) {
    atMs += -Math.log(1 - draw.next()) * constants.meanGapMs;
    if (atMs >= constants.durationMs) return faults;
    const kind = draw.pick(kinds);
    const durationMs = draw.pick(lengths) * draw.between(0.5, 1.5);
    const fault = {
      kind,
      atMs,
      durationMs,
      slot: draw.whole(0, constants.instances - 1),
      force: draw.next(),
    };
    if (kind !== 'store-clock-jump') faults.push(fault);
    else if (jumpLeftMs > 2) {
      const jumpMs = Math.floor(draw.between(0.3, 1) * jumpLeftMs);
      jumpLeftMs -= jumpMs;
      faults.push({ ...fault, durationMs: jumpMs });
    }
  }
}
