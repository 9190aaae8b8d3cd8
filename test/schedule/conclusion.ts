/**
 * The end of a schedule: everything is let through in due order, and every process is told to end.
 *
 * Judges what can only be judged then: that everybody was answered, that the log is complete, and that nothing is left.
 */
import { settled } from './scheduler';
import type { Ended, ScheduledWorld } from './world';

/** Tasks until everything has ended: far more than it ever takes. */
const MOST_STEPS = 1_500;

export async function conclude(world: ScheduledWorld): Promise<void> {
  const { places, processes, verdict, scheduler, settings, server, answers } = world;
  for (const place of places) {
    place.isCut = false;
    Object.assign(place.mishaps, { failNext: false, stickNext: false });
    world.terminate(place);
  }
  await settled();
  let looked = 0;
  const lookAtEnded = () => {
    for (; looked < world.ended.length; looked += 1) checkEnded(world, world.ended[looked]);
  };
  for (let left = MOST_STEPS; left > 0 && !world.isOver; left -= 1) {
    lookAtEnded();
    if (!(await world.runNext())) break;
  }
  lookAtEnded();
  if (world.isOver) return;
  answers.complete();
  const [waiting] = scheduler.waiting;
  if (waiting !== undefined)
    verdict.fail(
      'timers after close',
      `${waiting.who} still has a ${waiting.what} after ${MOST_STEPS} steps`,
    );
  if (processes.size > 0) verdict.fail('stuck', `${processes.size} processes are still there at the end`);
  scheduler.nowMs += settings.leaseTtlMs + 1;
  if (server.exchange.status !== null)
    verdict.fail('ghost', 'a status key, one TTL after everybody has ended');
}

/** A process that has just ended in order, with nothing of its ending lost on the way. */
function checkEnded(world: ScheduledWorld, ended: Ended | undefined): void {
  if (ended === undefined || !ended.wasAnswered) return;
  const { process, leavesNoKey } = ended;
  const { server, verdict, hasLostData } = world;
  if (process.parts.machine.currentState !== 'idle')
    verdict.fail('shutdown', `${process.name} ended while ${process.parts.machine.currentState}`);
  world.activity.complete(process);
  if (!leavesNoKey || hasLostData) return;
  if (server.exchange.owner?.instanceId === process.instanceId)
    verdict.fail('left behind', `the status key of ${process.name}, after it had ended in order`);
}
