/**
 * One run: a world from its seed, its faults, the healing, and the end of every process.
 *
 * The same seed and the same list of faults give the same run, to the last event.
 */
import { Logger } from '@nestjs/common';
import type { Counts } from '../verification/floors';
import type { Effect } from './effects';
import { arrange, goOn } from './fault-actions';
import { planFaults, type Fault } from './fault-plan';
import { FAIR } from './link';
import { NO_BUG, type PlantedBug } from './planted-bug';
import type { Violation } from './violation';
import { World } from './world';

export interface RunReport {
  readonly seed: number;
  /** Simulated, of all processes' common time. */
  readonly hours: number;
  /** The same, in TTLs of this world. */
  readonly ttls: number;
  readonly events: number;
  readonly grants: number;
  readonly acts: number;
  readonly faults: readonly Fault[];
  readonly effects: Counts<Effect>;
  readonly violation: Violation | null;
  /** The last 200 events. */
  readonly trace: readonly string[];
}

export async function simulate(
  seed: number,
  bug: PlantedBug = NO_BUG,
  keepFault: (fault: Fault, index: number) => boolean = () => true,
): Promise<RunReport> {
  Logger.overrideLogger(false);
  // Errors are made by the thousand here, and nobody reads where.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const unpatch = bug.patch?.() ?? (() => undefined);
  const world = new World(seed, bug);
  const faults = planFaults(world.draw.for('faults'), world.constants).filter(keepFault);
  const onUnhandled = (error: unknown) => world.verdict.fail('unhandled rejection', String(error));
  process.on('unhandledRejection', onUnhandled);
  try {
    await run(world, faults);
  } finally {
    process.off('unhandledRejection', onUnhandled);
    unpatch();
    Error.stackTraceLimit = stackTraceLimit;
  }
  const { timeline, exclusion, verdict, trace } = world;
  return {
    seed,
    faults,
    hours: timeline.nowMs / 3_600_000,
    ttls: timeline.nowMs / world.settings.leaseTtlMs,
    effects: world.effects.counts,
    events: timeline.events,
    grants: exclusion.grants,
    acts: exclusion.acts,
    violation: verdict.violation,
    trace: trace.text(),
  };
}

async function run(world: World, faults: readonly Fault[]): Promise<void> {
  const { timeline, constants, settings, slots, draw } = world;
  const isOver = () => world.isOver;
  for (const slot of slots) timeline.in(draw.between(0, settings.leaseTtlMs), () => world.boot(slot));
  arrange(world, faults);
  await timeline.runUntil(constants.durationMs, isOver);
  if (!isOver()) await recover(world, isOver);
  if (!isOver()) await end(world, isOver);
}

/** With nothing wrong any more, one instance becomes active within the bound, and stays; every other one waits. */
async function recover(world: World, isOver: () => boolean): Promise<void> {
  const { timeline, constants, settings, verdict } = world;
  heal(world);
  const stops = settings.stopTimeoutMs + settings.safetyMarginMs;
  const begins = constants.startMs + constants.warmUpMs;
  // Late requests, a ghost, a grace; one wait for the store (60 s at most) for each of two tries and a standby.
  const boundMs = constants.latestMs + 4 * settings.leaseTtlMs + 2 * stops + 3 * begins + 3 * 60_000;
  const deadlineMs = timeline.nowMs + boundMs * 1.02;
  // Who is active at the moment of healing may be about to find out that it no longer holds: order has to last.
  const lastsMs = settings.leaseTtlMs;
  for (let sinceMs = timeline.nowMs; timeline.nowMs - sinceMs < lastsMs;) {
    await timeline.runUntil(timeline.nowMs + lastsMs / 8, isOver);
    if (isOver()) return;
    if (isInOrder(world)) continue;
    sinceMs = timeline.nowMs;
    if (sinceMs > deadlineMs)
      return verdict.fail('recovery', `after ${Math.round(boundMs)} ms: ${states(world)}`);
  }
  for (const { process } of world.slots) if (process !== null) world.activity.complete(process);
}

function heal(world: World): void {
  world.trace.add('fault', 'everything is healed');
  world.isHealed = true;
  world.server.memory.down = false;
  for (const slot of world.slots) {
    slot.link.weather = { ...FAIR };
    Object.assign(slot.mishaps, { failNext: false, stickNext: false });
    slot.machine.wake();
    for (const { execution } of world.processes) execution.thaw();
    world.boot(slot);
    goOn(world, slot);
  }
}

function isInOrder({ slots }: World): boolean {
  const running = slots.map(({ process }) => process?.parts.machine.currentState ?? 'idle');
  return (
    running.filter((state) => state === 'active').length === 1 &&
    new Set(running).size <= 2 &&
    running.every((state) => state === 'active' || state === 'idle')
  );
}

function states({ slots }: World): string {
  return slots
    .map(({ process }) =>
      process === null ? 'none' : `${process.name} ${process.parts.machine.currentState}`,
    )
    .join(', ');
}

/** Everything ends in order: nothing is left running, and nothing is left in the store. */
async function end(world: World, isOver: () => boolean): Promise<void> {
  const { timeline, settings, constants, slots, verdict, server } = world;
  for (const slot of slots) {
    slot.restarts = false;
    timeline.in(world.draw.between(0, settings.leaseTtlMs / 2), () => world.terminate(slot, 'SIGTERM'));
  }
  const { heartbeatIntervalMs, leaseTtlMs } = settings;
  const limitMs = 2 * (world.stopLimitMs + leaseTtlMs) + heartbeatIntervalMs;
  await timeline.runUntil(timeline.nowMs + limitMs * 1.05 + 20 * constants.granularityMs + 1_000, isOver);
  if (isOver()) return;
  const left = [...world.processes].map(({ name }) => name);
  if (left.length > 0) verdict.fail('stuck', `still there at the end: ${left.join(', ')}`);
  if (server.exchange.status !== null)
    verdict.fail('left behind', 'a status key, after everybody had ended in order');
}
