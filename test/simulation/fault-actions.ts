/** How each fault is made, and ended. */
import { messageOf } from '../../src/errors';
import type { CommandType } from '../../src/registry/command-queue';
import type { Effect } from './effects';
import type { Fault, FaultKind } from './fault-plan';
import { FAIR, type Weather } from './link';
import { commandFor, OPERATOR, revocation } from './operator';
import { EXCHANGE } from './store-server';
import type { Slot, World } from './world';

const GARBAGE = [
  '',
  'garbage',
  '[]',
  '{}',
  '{"instanceId":""}',
  '{"instanceId":"old","claimId":7}',
  'x'.repeat(70_000),
];

/** Whether there was something to hit. A change of the weather is not yet an effect (link.ts), nor is what comes later. */
type Action = (world: World, slot: Slot, fault: Fault) => boolean;

/** Puts the weather back after the fault, unless another fault has changed it since. */
function weather(change: (fault: Fault, world: World) => Partial<Weather>): Action {
  return (world, { link }, fault) => {
    const changed: Weather = { ...link.weather, ...change(fault, world) };
    link.weather = changed;
    world.timeline.in(fault.durationMs, () => {
      if (link.weather === changed) link.weather = { ...FAIR };
    });
    return false;
  };
}

function operator(what: 'stop' | 'pause'): Action {
  return (world, slot, { durationMs }) => {
    const { process } = slot;
    if (process?.isBooted !== true || process.execution.isFrozen) return false;
    world.wish(process, what, () => process.runner[what](OPERATOR), world.stopLimitMs);
    world.timeline.in(durationMs, () => goOn(world, slot));
    return true;
  };
}

/** After a stop or a pause somebody wants the work to go on. */
export function goOn(world: World, { process }: Slot): void {
  if (process?.isBooted !== true || process.isEnding || process.execution.isFrozen) return;
  const { allowedCommands } = process.runner.status();
  if (allowedCommands.includes('resume'))
    world.wish(process, 'resume', () => process.runner.resume(OPERATOR), world.settings.commandTimeoutMs);
  if (allowedCommands.includes('start')) {
    const wanted = { ...OPERATOR, exchange: EXCHANGE.name, standby: true };
    world.wish(process, 'start', () => process.runner.start(wanted), null);
  }
}

function command(type: CommandType): Action {
  return (world, _slot, { durationMs }) => {
    const { server, trace } = world;
    const claimId = server.exchange.owner?.claimId ?? null;
    if (server.isDown || claimId === null) return false;
    const commandId = `command-${world.timeline.events}`;
    trace.add('operator', `sends ${type}`, trace.name('claim-', claimId));
    server.commands
      .send(EXCHANGE.id, commandFor(claimId, type, commandId), world.settings.leaseTtlMs)
      .catch((error: unknown) => world.verdict.fail('unexpected error', messageOf(error)));
    world.timeline.in(durationMs, () => world.slots.forEach((each) => goOn(world, each)));
    return true;
  };
}

function revoke(holderIsDead: boolean): Action {
  return (world, _slot, { atMs }) => {
    const { server, exclusion } = world;
    if (server.isDown) return false;
    const isHeld = server.exchange.owner !== null;
    if (holderIsDead) exclusion.robbed();
    void server.revoke(revocation(atMs, world.settings, holderIsDead));
    return isHeld;
  };
}

function frozen(world: World, slot: Slot, durationMs: number): boolean {
  const { process, machine } = slot;
  if (process === null || process.execution.isFrozen) return false;
  process.execution.freeze();
  world.timeline.in(durationMs, () => {
    machine.wake();
    process.execution.thaw();
  });
  return true;
}

function crashed(world: World, slot: Slot): boolean {
  const isRunning = slot.process !== null;
  world.crash(slot);
  return isRunning;
}

const cut = weather(() => ({ isCut: true }));
const slow = weather((_fault, { settings }) => ({ slowReply: 1, slowMs: settings.commandTimeoutMs }));

const ACTIONS: Readonly<Record<FaultKind, Action>> = {
  freeze: (world, slot, { durationMs }) => frozen(world, slot, durationMs),
  suspend: (world, slot, { durationMs }) => {
    if (slot.process?.execution.isFrozen === false) slot.machine.sleep();
    return frozen(world, slot, durationMs);
  },
  crash: crashed,
  reboot: (world, slot) => {
    slot.machine.bootId += 1;
    // Also out of its sleep.
    slot.machine.wake();
    return crashed(world, slot);
  },
  terminate: (world, slot) => {
    if (slot.process?.execution.isFrozen !== false || slot.process.isEnding) return false;
    world.terminate(slot, 'SIGTERM');
    return true;
  },
  'wall-jump': (_world, { machine }, { force, durationMs }) => {
    machine.setWallBy(force < 0.5 ? durationMs : -durationMs);
    return true;
  },
  cut,
  refuse: weather(() => ({ isRefusing: true })),
  lose: weather(({ force }) => ({ loseRequest: force / 2, loseReply: 0.5 - force / 2 })),
  late: weather(({ force }) => ({ late: 0.1 + 0.6 * force })),
  'slow-reply': weather(({ force }, { settings }) => ({
    slowReply: 0.2 + 0.8 * force,
    slowMs: settings.commandTimeoutMs * 1.3,
  })),
  // As networks break: first answers take as long as they may, then there are none.
  fade: (world, slot, fault) => {
    const halfMs = fault.durationMs / 2;
    slow(world, slot, { ...fault, durationMs: halfMs });
    world.timeline.in(halfMs, () => {
      if (world.isHealed) return;
      cut(world, slot, fault);
      world.effects.add('fade');
    });
    return false;
  },
  // Counted when the work comes to it.
  'work-fails': (_world, { mishaps }) => {
    mishaps.failNext = true;
    return false;
  },
  'work-sticks': (_world, { mishaps }) => {
    mishaps.stickNext = true;
    return false;
  },
  'operator-stop': operator('stop'),
  'operator-pause': operator('pause'),
  'command-stop': command('stop'),
  'command-pause': command('pause'),
  'command-resume': command('resume'),
  'store-down': ({ server, timeline }, _slot, { durationMs }) => {
    server.memory.down = true;
    timeline.in(durationMs, () => void (server.memory.down = false));
    return true;
  },
  'store-restart': ({ server }) => {
    server.memory.restart();
    return true;
  },
  'store-forgets': ({ server, exclusion, activity }) => {
    server.forget();
    exclusion.fenceLost();
    activity.lost();
    return true;
  },
  'store-rolls-back': (world, _slot, { durationMs }) => {
    const { server, exclusion, timeline } = world;
    const { status, fence } = server.exchange;
    timeline.in(durationMs, () => {
      if (world.isHealed) return;
      server.exchange.status = status;
      server.exchange.fence = fence;
      server.memory.restart();
      exclusion.fenceLost(server.exchange.owner?.claimId ?? null);
      server.seen(null);
      world.effects.add('store-rolls-back');
    });
    return false;
  },
  'store-clock-jump': ({ server }, _slot, { durationMs, force }) => {
    server.memory.skewMs += force < 0.5 ? durationMs : -durationMs;
    return true;
  },
  'key-garbage': ({ server, status, settings }, _slot, { force }) => {
    const text = GARBAGE[Math.floor(force * GARBAGE.length)] ?? '';
    status.poisoned(text);
    if (force < 0.1) server.memory.putOtherType(EXCHANGE.id, 'hash', settings.leaseTtlMs);
    else server.memory.putStatus(EXCHANGE.id, text, null);
    return true;
  },
  'key-deleted': ({ server, exclusion }) => {
    exclusion.robbed();
    const isThere = server.exchange.status !== null;
    server.memory.dropStatus(EXCHANGE.id);
    return isThere;
  },
  'fence-deleted': ({ server, exclusion }) => {
    exclusion.robbed();
    exclusion.fenceLost();
    const isThere = server.exchange.fence !== null;
    server.memory.dropFence(EXCHANGE.id);
    return isThere;
  },
  revoke: revoke(false),
  'revoke-dead': revoke(true),
};

/** Lets every fault happen at its time. */
export function arrange(world: World, faults: readonly Fault[]): void {
  for (const fault of faults) {
    const slot = world.slots[fault.slot];
    if (slot === undefined) continue;
    world.timeline.at(fault.atMs, () => {
      const { kind, durationMs, force } = fault;
      world.trace.add('fault', kind, {
        slot: fault.slot,
        ms: Math.round(durationMs),
        force: Number(force.toFixed(2)),
      });
      if (ACTIONS[kind](world, slot, fault)) world.effects.add(kind as Effect);
    });
  }
}
