/** What goes wrong with Redis itself: with its keys, its clients, its process, its clock. */
import type { Redis } from 'ioredis';
import { keys } from '../../src/registry/redis/keys';
import { patienceMs, soon } from './aim';
import { forgottenHolder } from './directed';
import { now } from './history';
import type { Nemesis, Scene } from './nemeses';
import type { FaultKind, PlannedFault } from './plan';
import { EXCHANGE_ID, POISON } from './redis-watch';

const status = keys.status(EXCHANGE_ID);
const fence = keys.fence(EXCHANGE_ID);

/** What a Redis that stands still was told without an answer, it does when it goes on. */
const LATEST_MS = 8_000;

/** Nothing is excused by what was surely not done; by what nobody answered, for as long as it may still come. */
export async function noted(
  scene: Scene,
  what: 'robbed' | 'meddled' | 'revoked',
  act: () => Promise<boolean>,
  { key }: { readonly key?: string } = {},
): Promise<boolean> {
  const at = now();
  const isDone = await act().catch(() => null);
  const of = key === fence ? { fence: true } : {};
  if (isDone !== false && what === 'robbed') scene.watch.robbed();
  if (isDone !== false) scene.note({ what, at, until: now() + (isDone === null ? LATEST_MS : 0), ...of });
  return isDone === true;
}

/** Done when Redis has answered, unless it answers that there was nothing to do it to. */
export function inRedis(
  make: (scene: Scene, fault: PlannedFault) => Promise<unknown>,
  what?: 'robbed' | 'meddled',
  of?: { readonly key: string },
): Nemesis {
  return async (scene, _slot, fault) => {
    const act = () => make(scene, fault).then((answer) => answer !== 0);
    return what === undefined ? act().catch(() => false) : noted(scene, what, act, of);
  };
}

/** Takes its turn once somebody has a key there, which is soon. */
export function whenThere(key: string, take: (client: Redis) => Promise<number>): Nemesis {
  const nemesis = inRedis(({ redis }) => take(redis.primary()), 'robbed', { key });
  return async (scene, slot, fault) => {
    const look = () => scene.redis.primary().exists(key);
    await soon(scene, patienceMs(scene), async () => (await look().catch(() => 0)) || null);
    return nemesis(scene, slot, fault);
  };
}

const restarts = new WeakMap<Scene, Promise<unknown>>();

/** One after the other: a server that is being started cannot be ended. */
export function alone<T>(scene: Scene, restart: () => Promise<T>): Promise<T> {
  const before = restarts.get(scene) ?? Promise.resolve();
  const done = before.then(restart);
  restarts.set(
    scene,
    done.catch(() => undefined),
  );
  return done;
}

export function forget(scene: Scene): Promise<boolean> {
  return alone(scene, () =>
    noted(scene, 'meddled', async () => {
      await scene.redis.server().restart({ keepData: false });
      scene.watch.forgotten();
      return true;
    }),
  );
}

/** With all its data: nothing is excused by that. */
export function restartAfter(scene: Scene, waitMs: number): Promise<boolean> {
  return alone(scene, async () => {
    const server = scene.redis.server();
    await server.kill();
    await scene.wait(waitMs);
    await server.restart({ keepData: true });
    return true;
  });
}

const [SHORTEST_OUTAGE, LONGEST_OUTAGE] = [0.2, 2];

/** Dead for 0.2 to 2 TTLs: connections are refused meanwhile. */
export const goDown: Nemesis = (scene, _slot, { force }) =>
  restartAfter(
    scene,
    scene.times.leaseTtlMs * (SHORTEST_OUTAGE + force * (LONGEST_OUTAGE - SHORTEST_OUTAGE)),
  );

const BETWEEN_RESETS_MS = 30;

/** Nobody keeps a connection for long: all are reset, again and again. */
const reconnectStorm: Nemesis = async (scene, _slot, { durationMs }) => {
  let resets = 0;
  for (
    const until = now() + Math.min(Math.max(durationMs, 300), 3_000);
    now() < until && !scene.over.aborted;
  ) {
    const proxies = scene.slots.flatMap(({ ways }) => ways);
    for (const proxy of proxies) {
      resets += proxy.connections;
      proxy.reset();
    }
    await scene.wait(BETWEEN_RESETS_MS);
  }
  // Everybody has come back, and was thrown out again.
  return resets > 2 * scene.slots.length;
};

/** How many there were. */
async function killClients({ redis }: Scene): Promise<number> {
  return Number(await redis.primary().call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'));
}

const SHORTEST_REDIS_JUMP_MS = 20;

/** Back or forward: one magnitude as often as the other. */
export function signed(force: number, shortest: number, longest: number): number {
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

export const OF_REDIS = {
  'reconnect-storm': reconnectStorm,
  'redis-clock-jumps': redisClockJumps,
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
  'clients-killed': inRedis(killClients),
  'redis-restarts': (scene) => restartAfter(scene, 0),
  'redis-down': goDown,
  'redis-forgets': forget,
  'holder-forgotten': forgottenHolder(forget),
  'key-deleted': whenThere(status, (client) => client.del(status)),
  'key-expired': whenThere(status, (client) => client.pexpire(status, 1)),
  'key-poisoned': inRedis(({ redis }) => redis.primary().set(status, POISON), 'meddled'),
  'fence-deleted': whenThere(fence, (client) => client.del(fence)),
  'fence-poisoned': inRedis(({ redis }) => redis.primary().set(fence, POISON), 'robbed', { key: fence }),
  'commands-poisoned': inRedis(({ redis }) =>
    redis
      .primary()
      .multi()
      .xadd(keys.commands(EXCHANGE_ID), '*', 'command', '{"type":"stop"')
      .pexpire(keys.commands(EXCHANGE_ID), 5_000)
      .exec(),
  ),
} satisfies Partial<Record<FaultKind, Nemesis>>;
