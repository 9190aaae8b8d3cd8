/** Carries out one move: whatever it names of what is waiting, and nothing when nothing of the kind is. */
import type { Move } from './moves';
import { settled, type Task } from './scheduler';
import { carryOut } from './wishes';
import type { ScheduledWorld } from './world';

export async function makeMove(world: ScheduledWorld, move: Move): Promise<void> {
  const { scheduler, places, trace } = world;
  switch (move.kind) {
    case 'next':
      await world.runNext();
      return;
    case 'wait':
      for (let step = 0; step < move.steps && !world.isOver; step += 1) await world.runNext();
      return;
    case 'message': {
      const message = pickFrom(scheduler.waiting.filter(isMessage), move.pick);
      if (message !== undefined) await scheduler.runNow(message);
      break;
    }
    case 'delay': {
      const message = pickFrom(scheduler.waiting.filter(isMessage), move.pick);
      if (message === undefined) return;
      trace.add(message.who, `waits ${move.byMs} ms until`, message.what);
      message.dueMs += move.byMs;
      return;
    }
    case 'timer': {
      const timers = scheduler.waiting
        .filter(({ kind }) => kind === 'timer')
        .toSorted((a, b) => a.dueMs - b.dueMs)
        .slice(0, move.among);
      const timer = pickFrom(timers, move.pick);
      if (timer !== undefined) await scheduler.run(timer);
      break;
    }
    case 'lose': {
      const message = pickFrom(scheduler.waiting.filter(canBeLost), move.pick);
      if (message === undefined) return;
      trace.add(message.who, 'never hears', message.what);
      if (message.kind === 'reply') world.reached.add('lost reply');
      scheduler.drop(message);
      return;
    }
    case 'wish': {
      const place = places[move.place];
      if (place !== undefined) carryOut(move.wish, world, place);
      await settled();
    }
  }
  world.moves.look(world.processes);
}

const isMessage = ({ kind }: Task) => kind !== 'timer';

/** A stream survives its connections: what it brings is late, not lost. */
const canBeLost = ({ kind }: Task) => kind === 'request' || kind === 'reply';

function pickFrom<T>(choices: readonly T[], pick: number): T | undefined {
  return choices[pick % Math.max(1, choices.length)];
}
