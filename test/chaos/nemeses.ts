/** How each fault is made with real processes, and ended. Each resolves to true only when it had an effect, not when it was ordered. */
import type { TcpProxy } from '../support/tcp-proxy';
import { answering, inState, ordered, patienceMs, soon, terminate } from './aim';
import type { AskedCommand } from './command-check';
import { holderOf, staleProof } from './directed';
import { ENDED_IN } from './effects';
import { freezeAtFailpoint } from './failpoints';
import { now, type HistoryEvent } from './history';
import { ask, goOn, isAccepted, operator, revoke } from './operators';
import type { FaultKind, PlannedFault } from './plan';
import { OF_REDIS, signed } from './redis-nemeses';
import type { RedisSide } from './redis-side';
import type { RedisWatch } from './redis-watch';
import { TOLD_TWICE, type Slot, type Times } from './supervisor';

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
  readonly note: (event: Omit<HistoryEvent, 'pid'> & { readonly pid?: number }) => void;
}

export type Nemesis = (scene: Scene, slot: Slot, fault: PlannedFault) => Promise<boolean> | boolean;

/** The ways that the fault is on. Whoever takes the writes later does not change them: a network knows nothing of that. */
function waysOf({ redis }: Scene, { ways }: Slot, { reach, force }: PlannedFault): readonly TcpProxy[] {
  const [only, ...more] = ways;
  if (only === undefined || more.length === 0 || reach === 'all') return ways;
  if (reach === 'one') return ways.filter((_, at) => at === Math.floor(force * ways.length));
  const { port } = redis.server();
  return ways.filter(({ targetPort }) => (targetPort === port) === (reach === 'primary'));
}

const connectionsOf = (ways: readonly TcpProxy[]) =>
  ways.reduce((sum, { connections }) => sum + connections, 0);

/** What has come to these ways so far, in bytes and connections. */
const trafficOn = (ways: readonly TcpProxy[]) =>
  ways.reduce((sum, { bytes, accepted }) => sum + bytes.requests + bytes.replies + accepted, 0);

/** On the way to Redis, until the fault is over. Without effect where nothing was on its way meanwhile. */
function onTheWay(make: (proxy: TcpProxy, fault: PlannedFault, scene: Scene) => unknown): Nemesis {
  return async (scene, slot, fault) => {
    const proxies = waysOf(scene, slot, fault);
    const before = trafficOn(proxies);
    await Promise.all(proxies.map((proxy) => make(proxy, fault, scene)));
    await scene.wait(fault.durationMs);
    await Promise.all(proxies.map((proxy) => proxy.pass()));
    return trafficOn(proxies) > before;
  };
}

/** Whose loop has not turned for so long stood still when it was killed (`GAP_MS` of fixtures/recorder.cjs). */
const STANDING_MS = 80;

const [SHORTEST_JUMP_MS, LONGEST_JUMP_MS] = [500, 5 * 86_400_000];

const NEMESES: Readonly<Partial<Record<FaultKind, Nemesis>>> = {
  kill: (scene, slot) => {
    const { ready } = slot;
    if (ready === null) return false;
    const { pid } = ready;
    const at = now();
    const since = slot.lastTickOf(pid);
    scene.note({ what: 'gone', at, pid });
    ready.kill('SIGKILL');
    if (since !== null && at - since > STANDING_MS) scene.note({ what: 'gap', at, pid, since });
    return true;
  },
  freeze: async (scene, slot, { durationMs }) => {
    const { ready } = slot;
    ready?.pause();
    await scene.wait(durationMs);
    ready?.resume();
    return ready !== null;
  },
  'freeze-at-failpoint': freezeAtFailpoint,
  block: (scene, slot, { durationMs }) => ordered(scene, slot, { blockMs: durationMs }),
  'clock-jumps': (scene, slot, { force }) =>
    ordered(scene, slot, { jumpMs: signed(force, SHORTEST_JUMP_MS, LONGEST_JUMP_MS) }),
  terminate: async (scene, drawn, { force }) => {
    const state = ENDED_IN[Math.floor(force * (ENDED_IN.length + 1))];
    // That does not last for long, and has to be brought about.
    if (state === 'stopping')
      void inState(scene, drawn, 'active').then((slot) => ask(scene, slot, '/control/stop'));
    const slot = await inState(scene, drawn, state);
    const isDone = terminate(scene, slot);
    // What was stopped in vain goes on.
    if (state === 'stopping') for (const each of scene.slots) await goOn(scene, each);
    return isDone;
  },
  // A second signal within 50 ms is the same wish (decision 0028); after that it ends whoever has not ended by then: a holder whose
  // release is not answered.
  'terminate-twice': async (scene, drawn, { force }) => {
    const slot = await inState(scene, drawn, 'active');
    const { ready, ways } = slot;
    if (ready === null) return false;
    for (const way of ways) way.hold();
    try {
      terminate(scene, slot);
      await scene.wait(60 + force * 200);
      terminate(scene, slot);
      const end = await Promise.race([ready.exited, scene.wait(patienceMs(scene))]);
      return end?.code === TOLD_TWICE;
    } finally {
      await Promise.all(ways.map((way) => way.pass()));
    }
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
  refuse: async (scene, slot, fault) => {
    const proxies = waysOf(scene, slot, fault);
    const cut = connectionsOf(proxies);
    await Promise.all(proxies.map((proxy) => proxy.refuse()));
    await scene.wait(fault.durationMs);
    await Promise.all(proxies.map((proxy) => proxy.pass()));
    return cut > 0;
  },
  reset: (scene, slot, fault) => {
    const proxies = waysOf(scene, slot, fault);
    const cut = connectionsOf(proxies);
    for (const proxy of proxies) proxy.reset();
    return cut > 0;
  },
  ...OF_REDIS,
  pause: operator('pause'),
  stop: operator('stop'),
  command: async (scene, drawn, { force, durationMs }) => {
    const type = force < 0.3 ? 'stop' : 'pause';
    const path = '/network/exchanges/simulator/commands';
    const to = await soon(scene, patienceMs(scene), () => holderOf(scene));
    const slot = answering(scene, drawn);
    const isDone = isAccepted(await ask(scene, slot, path, { type, timeoutMs: 1_000 }));
    if (isDone) await scene.wait(durationMs);
    for (const each of to === null || !isDone ? scene.slots : [to]) await goOn(scene, each);
    return isDone;
  },
  revoke: revoke(false),
  'revoke-dead': revoke(true),
};

/** True when it had an effect; the history says so too. */
export async function strike(scene: Scene, fault: PlannedFault): Promise<boolean> {
  const { kind } = fault;
  const slot = scene.slots[fault.slot];
  const nemesis = scene.redis.nemeses[kind] ?? NEMESES[kind];
  const at = now();
  let made = false;
  if (slot !== undefined && nemesis !== undefined)
    made = await Promise.resolve(nemesis(scene, slot, fault)).catch(() => false);
  scene.note({ what: 'fault', kind, at, until: now(), made });
  return made;
}

/** Nothing is wrong any more: processes, Redis and the ways between them. */
export async function heal({ slots, redis }: Scene): Promise<void> {
  await redis.heal();
  for (const { api } of slots) api?.resume();
}
