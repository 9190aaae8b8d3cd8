/** How each fault is made with real processes, and ended. Each resolves to false when there was nothing to do it to. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { keys } from '../../src/registry/redis/keys';
import type { ApiProcess } from '../support/api-process';
import type { RedisServer } from '../support/redis-server';
import type { TcpProxy } from '../support/tcp-proxy';
import { now, type HistoryEvent } from './history';
import type { FaultKind, PlannedFault } from './plan';
import { EXCHANGE_ID, POISON, type RedisWatch } from './redis-watch';
import { TIMES, type Slot } from './supervisor';

export interface Scene {
  readonly slots: readonly Slot[];
  readonly redis: RedisServer;
  /** Past every proxy. */
  readonly outsider: Redis;
  readonly watch: RedisWatch;
  /** For the history: what the harness did, and to which process (0: to nobody in particular). */
  note(event: Pick<HistoryEvent, 'what' | 'at' | 'until'> & { readonly pid?: number }): void;
}

type Nemesis = (scene: Scene, slot: Slot, fault: PlannedFault) => Promise<boolean> | boolean;

const status = keys.status(EXCHANGE_ID);
const fence = keys.fence(EXCHANGE_ID);

function signalled(slot: Slot, signal: NodeJS.Signals): boolean {
  const { ready } = slot;
  ready?.kill(signal);
  return ready !== null;
}

/** On the way to Redis, until the fault is over. */
function onTheWay(make: (proxy: TcpProxy, fault: PlannedFault) => unknown): Nemesis {
  return async (_scene, { proxy }, fault) => {
    await make(proxy, fault);
    await sleep(fault.durationMs);
    await proxy.pass();
    return true;
  };
}

/** What a Redis that stands still was told without an answer, it does when it goes on. */
const LATEST_MS = 8_000;

async function noted(
  scene: Scene,
  what: 'robbed' | 'meddled',
  act: () => Promise<boolean>,
): Promise<boolean> {
  const at = now();
  const isDone = await act().catch(() => false);
  scene.note({ what, at, until: now() + (isDone ? 0 : LATEST_MS) });
  return isDone;
}

function inRedis(
  make: (scene: Scene, fault: PlannedFault) => Promise<unknown>,
  what?: 'robbed' | 'meddled',
): Nemesis {
  return async (scene, _slot, fault) => {
    const act = () => make(scene, fault).then(() => true);
    return what === undefined ? act().catch(() => false) : noted(scene, what, act);
  };
}

/** Asks the API as an operator does. An answer of any kind is an answer, a 500 is a finding. */
async function ask(slot: Slot, path: string, body: object): Promise<boolean> {
  const { ready } = slot;
  if (ready === null) return false;
  try {
    const { status: code, text } = await ready.post(path, body, { timeoutMs: 3_000 });
    if (code === 500) slot.findings.push(`500: POST ${path} of process ${ready.pid}: ${text}`);
    return true;
  } catch {
    return false;
  }
}

async function goOn(slot: Slot): Promise<void> {
  await ask(slot, '/control/resume', {});
  await ask(slot, '/control/start', { exchange: 'simulator', standby: true });
}

function operator(what: 'pause' | 'stop'): Nemesis {
  return async (_scene, slot, { durationMs }) => {
    const isDone = await ask(slot, `/control/${what}`, { reason: 'chaos' });
    await sleep(durationMs);
    await goOn(slot);
    return isDone;
  };
}

const revoke = (holderIsDead: boolean) => (slot: Slot) =>
  ask(slot, '/network/exchanges/simulator/revoke', { reason: 'chaos', holderIsDead });

const NEMESES: Readonly<Record<FaultKind, Nemesis>> = {
  kill: (scene, slot) => {
    const { ready } = slot;
    if (ready !== null) scene.note({ what: 'gone', at: now(), pid: ready.pid });
    return signalled(slot, 'SIGKILL');
  },
  freeze: async (_scene, slot, { durationMs }) => {
    const { ready } = slot;
    ready?.pause();
    await sleep(durationMs);
    ready?.resume();
    return ready !== null;
  },
  'freeze-at-failpoint': async (_scene, slot, { failpoint, durationMs }) => {
    const api: ApiProcess | null = slot.ready;
    const isOrdered = slot.order({ freezeAt: failpoint });
    await sleep(durationMs);
    api?.resume();
    slot.order({});
    return isOrdered;
  },
  block: (_scene, slot, { durationMs }) => slot.order({ blockMs: durationMs }),
  terminate: (_scene, slot) => signalled(slot, 'SIGTERM'),
  'terminate-twice': async (_scene, slot) => {
    slot.expectRoughEnd();
    const isDone = signalled(slot, 'SIGTERM');
    await sleep(20);
    signalled(slot, 'SIGTERM');
    return isDone;
  },
  hold: onTheWay((proxy) => proxy.hold()),
  'drop-requests': onTheWay((proxy) => proxy.dropRequests()),
  'drop-replies': onTheWay((proxy) => proxy.dropReplies()),
  // Late answers that are still good, and then none: what a deadline counted from the reply does not survive.
  fade: onTheWay(async (proxy, { force }) => {
    proxy.delay((0.5 + 0.4 * force) * TIMES.commandTimeoutMs, 'replies');
    await sleep((1 + force) * TIMES.heartbeatIntervalMs);
    proxy.hold();
  }),
  delay: onTheWay((proxy, { force }) => proxy.delay(20 + force * 400)),
  refuse: onTheWay((proxy) => proxy.refuse()),
  reset: (_scene, { proxy }) => {
    proxy.reset();
    return true;
  },
  'redis-pauses': async ({ redis }, _slot, { durationMs }) => {
    redis.pause();
    await sleep(durationMs);
    redis.resume();
    return true;
  },
  'redis-sleeps': inRedis(({ outsider }, { force }) => outsider.call('DEBUG', 'SLEEP', String(0.1 + force))),
  'clients-killed': inRedis(({ outsider }) =>
    outsider.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'),
  ),
  'redis-restarts': inRedis(({ redis }) => redis.restart({ keepData: true }), 'meddled'),
  'redis-forgets': inRedis(async ({ redis, watch }) => {
    await redis.restart({ keepData: false });
    watch.forgotten();
  }, 'meddled'),
  'key-deleted': inRedis(({ outsider }) => outsider.del(status), 'robbed'),
  'key-expired': inRedis(({ outsider }) => outsider.pexpire(status, 1), 'robbed'),
  'key-poisoned': inRedis(({ outsider }) => outsider.set(status, POISON), 'meddled'),
  'fence-deleted': inRedis(({ outsider }) => outsider.del(fence), 'robbed'),
  'fence-poisoned': inRedis(({ outsider }) => outsider.set(fence, POISON), 'robbed'),
  'commands-poisoned': inRedis(async ({ outsider }) => {
    await outsider.xadd(keys.commands(EXCHANGE_ID), '*', 'command', '{"type":"stop"');
    await outsider.pexpire(keys.commands(EXCHANGE_ID), 5_000);
  }),
  pause: operator('pause'),
  stop: operator('stop'),
  command: async ({ slots }, slot, { force, durationMs }) => {
    const type = force < 0.3 ? 'stop' : 'pause';
    const path = '/network/exchanges/simulator/commands';
    const isDone = await ask(slot, path, { type, reason: 'chaos', timeoutMs: 1_000 });
    await sleep(durationMs);
    for (const each of slots) await goOn(each);
    return isDone;
  },
  revoke: (_scene, slot) => revoke(false)(slot),
  'revoke-dead': (scene, slot) => noted(scene, 'robbed', () => revoke(true)(slot)),
};

/** True when it was really done. */
export async function strike(scene: Scene, fault: PlannedFault): Promise<boolean> {
  const slot = scene.slots[fault.slot];
  return slot === undefined ? false : NEMESES[fault.kind](scene, slot, fault);
}

/** Nothing is wrong any more; everybody who was stopped is asked to go on. */
export async function heal({ slots, redis }: Scene): Promise<void> {
  redis.resume();
  for (const slot of slots) {
    await slot.proxy.pass();
    slot.api?.resume();
    // An order to freeze that has not been carried out yet is withdrawn.
    slot.order({});
  }
  await Promise.all(slots.map((slot) => goOn(slot)));
}
