/** One schedule: its opening, its moves, and the end of everything. The same setup and moves give the same run. */
import { setImmediate } from 'node:timers';
import { Logger } from '@nestjs/common';
import { NO_BUG, type PlantedBug } from '../simulation/planted-bug';
import type { Violation } from '../simulation/violation';
import { conclude } from './conclusion';
import { makeMove } from './make-move';
import { moveOf, type Setup } from './moves';
import type { Reached } from './reached';
import { settled } from './scheduler';
import { carryOut } from './wishes';
import { ScheduledWorld } from './world';

/** Tasks until the opening is given up. */
const LONGEST_OPENING = 80;

export interface ScheduleReport {
  readonly steps: number;
  readonly reached: Reached;
  readonly violation: Violation | null;
  /** The last 200 events. */
  readonly trace: () => string[];
}

export async function runSchedule(
  setup: Setup,
  moves: readonly number[],
  bug: PlantedBug = NO_BUG,
): Promise<ScheduleReport> {
  Logger.overrideLogger(false);
  // Errors are made by the thousand here, and nobody reads where.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const unpatch = bug.patch?.() ?? (() => undefined);
  const world = new ScheduledWorld(setup, bug);
  const onUnhandled = (error: unknown) => world.verdict.fail('unhandled rejection', String(error));
  process.on('unhandledRejection', onUnhandled);
  try {
    await open(world);
    for (const drawn of moves) {
      if (world.isOver) break;
      await makeMove(world, moveOf(drawn));
    }
    if (!world.isOver) await conclude(world);
    // Node reports rejections that nobody handles only between two turns of its loop.
    await new Promise((resolve) => void setImmediate(resolve));
  } finally {
    process.off('unhandledRejection', onUnhandled);
    unpatch();
    Error.stackTraceLimit = stackTraceLimit;
  }
  const { scheduler, reached, verdict, trace } = world;
  return { steps: scheduler.steps, reached, violation: verdict.violation, trace: () => trace.text() };
}

/** Straight on, until the first process is where the moves begin. */
async function open(world: ScheduledWorld): Promise<void> {
  const { setup, places, scheduler } = world;
  const [first, second] = places;
  if (first === undefined || second === undefined) return;
  world.boot(first);
  await settled();
  const { opening, isDouble, autostart } = setup;
  if (!autostart) carryOut('start', world, first);
  if (isDouble) world.boot(second);
  await settled();
  if (opening === 'none') return;
  const goal = opening === 'paused' || opening === 'stopping' ? 'active' : opening;
  while (first.process?.parts.machine.currentState !== goal && scheduler.steps < LONGEST_OPENING) {
    if (!(await world.runNext())) return;
  }
  if (opening === 'paused') carryOut('pause', world, first);
  if (opening === 'stopping') carryOut('stop', world, first);
  await settled();
}
