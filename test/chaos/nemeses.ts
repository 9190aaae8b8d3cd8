/** How each fault is made with real processes, and ended. Each resolves to false when there was nothing to do it to. */
import { randomUUID } from 'node:crypto';
import { keys } from '../../src/registry/redis/keys';
import type { ApiProcess } from '../support/api-process';
import type { TcpProxy } from '../support/tcp-proxy';
import type { AskedCommand } from './command-check';
import { forgottenHolder, staleProof } from './directed';
import { now, type HistoryEvent } from './history';
import type { FaultKind, PlannedFault } from './plan';
import type { RedisSide } from './redis-side';
import { EXCHANGE_ID, POISON, type RedisWatch } from './redis-watch';
import type { Slot, Times } from './supervisor';

export interface Scene {
  readonly slots: readonly Slot[];
  readonly redis: RedisSide;
  readonly times: Times;
  readonly watch: RedisWatch;
  /** Aborted when nothing more is to go wrong. */
  readonly over: AbortSignal;
  /** Resolves after this time, or as soon as it is over. */
  readonly wait: (ms: number) => Promise<void>;
  /** Every command that was answered. */
  readonly asked: AskedCommand[];
  /** For the history: what the harness did, and to which process (0: to nobody in particular). */
  readonly note: (event: Pick<HistoryEvent, 'what' | 'at' | 'until'> & { readonly pid?: number }) => void;
}

export type Nemesis = (scene: Scene, slot: Slot, fault: PlannedFault) => Promise<boolean> | boolean;

const status = keys.status(EXCHANGE_ID);
const fence = keys.fence(EXCHANGE_ID);

function signalled(slot: Slot, signal: NodeJS.Signals): boolean {
  const { ready } = slot;
  ready?.kill(signal);
  return ready !== null;
}

/** The ways that the fault is on. Whoever takes the writes later does not change them: a network knows nothing of that. */
function waysOf({ redis }: Scene, { ways }: Slot, { reach, force }: PlannedFault): readonly TcpProxy[] {
  const [only, ...more] = ways;
  if (only === undefined || more.length === 0 || reach === 'all') return ways;
  if (reach === 'one') return ways.filter((_, at) => at === Math.floor(force * ways.length));
  const { port } = redis.server();
  return ways.filter(({ targetPort }) => (targetPort === port) === (reach === 'primary'));
}

/** On the way to Redis, until the fault is over. */
function onTheWay(make: (proxy: TcpProxy, fault: PlannedFault, scene: Scene) => unknown): Nemesis {
  return async (scene, slot, fault) => {
    const proxies = waysOf(scene, slot, fault);
    await Promise.all(proxies.map((proxy) => make(proxy, fault, scene)));
    await scene.wait(fault.durationMs);
    await Promise.all(proxies.map((proxy) => proxy.pass()));
    return proxies.length > 0;
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

async function forget({ redis, watch }: Scene): Promise<void> {
  await redis.server().restart({ keepData: false });
  watch.forgotten();
}

/** Asks the API as an operator does, each time for a reason of its own. An answer of any kind is an answer, a 500 is a finding. */
async function ask({ asked }: Scene, slot: Slot, path: string, body: object = {}): Promise<boolean> {
  const { ready } = slot;
  if (ready === null) return false;
  const reason = `chaos ${randomUUID()}`;
  try {
    const {
      status: code,
      text,
      body: answer,
    } = await ready.post(path, { ...body, reason }, { timeoutMs: 3_000 });
    if (code === 500) slot.findings.push(`500: POST ${path} of process ${ready.pid}: ${text}`);
    const isRead = typeof answer === 'object' && answer !== null;
    if (isRead && !path.endsWith('/revoke'))
      asked.push({ path, reason, pid: ready.pid, status: code, body: { ...answer } });
    return true;
  } catch {
    return false;
  }
}

async function goOn(scene: Scene, slot: Slot): Promise<void> {
  await ask(scene, slot, '/control/resume');
  await ask(scene, slot, '/control/start', { exchange: 'simulator', standby: true });
}

function operator(what: 'pause' | 'stop'): Nemesis {
  return async (scene, slot, { durationMs }) => {
    const isDone = await ask(scene, slot, `/control/${what}`);
    await scene.wait(durationMs);
    await goOn(scene, slot);
    return isDone;
  };
}

const revoke = (holderIsDead: boolean) => (scene: Scene, slot: Slot) =>
  ask(scene, slot, '/network/exchanges/simulator/revoke', { holderIsDead });

const [SHORTEST_JUMP_MS, LONGEST_JUMP_MS] = [500, 5 * 86_400_000];

const SHORTEST_REDIS_JUMP_MS = 20;

/** Back or forward: one magnitude as often as the other. */
function signed(force: number, shortest: number, longest: number): number {
  const [direction, size] = force < 0.5 ? [-1, 2 * force] : [1, 2 * force - 1];
  return Math.round(direction * shortest * (longest / shortest) ** size);
}

/** Redis's clock is set forward or back, by up to three TTLs: what it was to keep for a time it keeps shorter or longer. */
const redisClockJumps: Nemesis = (scene, _slot, { force }) => {
  const { shiftedClock } = scene.redis.server();
  if (shiftedClock === null) return false;
  const jumpMs = signed(force, SHORTEST_REDIS_JUMP_MS, 3 * scene.times.leaseTtlMs);
  const set = async () => {
    shiftedClock.offsetMs += jumpMs;
    return true;
  };
  if (jumpMs > 0) return noted(scene, 'robbed', set);
  scene.watch.keptLonger(-jumpMs);
  return set();
};

const NEMESES: Readonly<Partial<Record<FaultKind, Nemesis>>> = {
  kill: (scene, slot) => {
    const { ready } = slot;
    if (ready !== null) scene.note({ what: 'gone', at: now(), pid: ready.pid });
    return signalled(slot, 'SIGKILL');
  },
  freeze: async (scene, slot, { durationMs }) => {
    const { ready } = slot;
    ready?.pause();
    await scene.wait(durationMs);
    ready?.resume();
    return ready !== null;
  },
  'freeze-at-failpoint': async (scene, slot, { failpoint, durationMs }) => {
    const api: ApiProcess | null = slot.ready;
    const isOrdered = slot.order({ freezeAt: failpoint });
    await scene.wait(durationMs);
    api?.resume();
    slot.order({});
    return isOrdered;
  },
  block: (_scene, slot, { durationMs }) => slot.order({ blockMs: durationMs }),
  'clock-jumps': (_scene, slot, { force }) =>
    slot.order({ jumpMs: signed(force, SHORTEST_JUMP_MS, LONGEST_JUMP_MS) }),
  'redis-clock-jumps': redisClockJumps,
  terminate: (_scene, slot) => signalled(slot, 'SIGTERM'),
  'terminate-twice': async (scene, slot) => {
    slot.expectRoughEnd();
    const isDone = signalled(slot, 'SIGTERM');
    await scene.wait(20);
    signalled(slot, 'SIGTERM');
    return isDone;
  },
  hold: onTheWay((proxy) => proxy.hold()),
  'drop-requests': onTheWay((proxy) => proxy.dropRequests()),
  'drop-replies': onTheWay((proxy) => proxy.dropReplies()),
  // Late answers that are still good, and then none: what a deadline counted from the reply does not survive.
  fade: onTheWay(async (proxy, { force }, { times, wait }) => {
    proxy.delay((0.5 + 0.4 * force) * times.commandTimeoutMs, 'replies');
    await wait((1 + force) * times.heartbeatIntervalMs);
    proxy.hold();
  }),
  'stale-proof': staleProof,
  delay: onTheWay((proxy, { force }) => proxy.delay(20 + force * 400)),
  refuse: onTheWay((proxy) => proxy.refuse()),
  reset: (scene, slot, fault) => {
    const proxies = waysOf(scene, slot, fault);
    for (const proxy of proxies) proxy.reset();
    return proxies.length > 0;
  },
  'redis-pauses': async ({ redis, wait }, _slot, { durationMs }) => {
    const server = redis.server();
    server.pause();
    await wait(durationMs);
    server.resume();
    return true;
  },
  'redis-sleeps': inRedis(({ redis }, { force }) =>
    redis.primary().call('DEBUG', 'SLEEP', String(0.1 + force)),
  ),
  'clients-killed': inRedis(({ redis }) =>
    redis.primary().call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'),
  ),
  'redis-restarts': inRedis(({ redis }) => redis.server().restart({ keepData: true }), 'meddled'),
  'redis-forgets': inRedis(forget, 'meddled'),
  'holder-forgotten': forgottenHolder((scene) =>
    noted(scene, 'meddled', () => forget(scene).then(() => true)),
  ),
  'key-deleted': inRedis(({ redis }) => redis.primary().del(status), 'robbed'),
  'key-expired': inRedis(({ redis }) => redis.primary().pexpire(status, 1), 'robbed'),
  'key-poisoned': inRedis(({ redis }) => redis.primary().set(status, POISON), 'meddled'),
  'fence-deleted': inRedis(({ redis }) => redis.primary().del(fence), 'robbed'),
  'fence-poisoned': inRedis(({ redis }) => redis.primary().set(fence, POISON), 'robbed'),
  'commands-poisoned': inRedis(({ redis }) =>
    redis
      .primary()
      .multi()
      .xadd(keys.commands(EXCHANGE_ID), '*', 'command', '{"type":"stop"')
      .pexpire(keys.commands(EXCHANGE_ID), 5_000)
      .exec(),
  ),
  pause: operator('pause'),
  stop: operator('stop'),
  command: async (scene, slot, { force, durationMs }) => {
    const type = force < 0.3 ? 'stop' : 'pause';
    const path = '/network/exchanges/simulator/commands';
    const isDone = await ask(scene, slot, path, { type, timeoutMs: 1_000 });
    await scene.wait(durationMs);
    for (const each of scene.slots) await goOn(scene, each);
    return isDone;
  },
  revoke: revoke(false),
  'revoke-dead': (scene, slot) => noted(scene, 'robbed', () => revoke(true)(scene, slot)),
};

/** True when it was really done. */
export async function strike(scene: Scene, fault: PlannedFault): Promise<boolean> {
  const slot = scene.slots[fault.slot];
  const nemesis = scene.redis.nemeses[fault.kind] ?? NEMESES[fault.kind];
  return slot === undefined || nemesis === undefined ? false : nemesis(scene, slot, fault);
}

/** Nothing is wrong any more; everybody who was stopped is asked to go on. */
export async function heal(scene: Scene): Promise<void> {
  const { slots, redis } = scene;
  await redis.heal();
  for (const slot of slots) {
    slot.api?.resume();
    // An order to freeze that has not been carried out yet is withdrawn.
    slot.order({});
  }
  await Promise.all(slots.map((slot) => goOn(scene, slot)));
}
