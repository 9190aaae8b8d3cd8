/** Faults that are aimed at whoever holds, at the moment when a bug would show: what blind ones hit now and then only. */
import { keys } from '../../src/registry/redis/keys';
import type { Nemesis, Scene } from './nemeses';
import { EXCHANGE_ID } from './redis-watch';
import type { Slot } from './supervisor';

interface Renewal {
  readonly slot: Slot;
  /** When it was sent, on the clock of the wall: all processes share it. */
  readonly sentAt: number;
}

/** Who holds, and when it has asked last. `null` when nobody does whom we could do something to. */
async function renewalOf({ redis, slots }: Scene): Promise<Renewal | null> {
  const text = await redis.primary().get(keys.status(EXCHANGE_ID));
  const [, pid] = /"pid":(\d+)/.exec(text ?? '') ?? [];
  const [, at] = /"lastHeartbeat":"([^"]+)"/.exec(text ?? '') ?? [];
  const slot = slots.find(({ ready }) => ready !== null && ready.pid === Number(pid));
  return slot === undefined || at === undefined ? null : { slot, sentAt: Date.parse(at) };
}

/** Where the holder runs, as far as Redis says. */
export async function holderOf(scene: Scene): Promise<Slot | null> {
  const renewal = await renewalOf(scene).catch(() => null);
  return renewal?.slot ?? null;
}

const LOOK_EVERY_MS = 10;

/** The first renewal that fits. `null` when none comes, although an exchange that nobody holds has had time to be claimed. */
async function nextRenewal(scene: Scene, fits: (renewal: Renewal) => boolean): Promise<Renewal | null> {
  for (const until = Date.now() + 2 * scene.times.leaseTtlMs; Date.now() < until && !scene.over.aborted;) {
    const renewal = await renewalOf(scene);
    if (renewal !== null && fits(renewal)) return renewal;
    await scene.wait(LOOK_EVERY_MS);
  }
  return null;
}

const aiming = new WeakSet<Scene>();

/** One after the other: each would spoil the other's aim. */
function aimed(nemesis: (scene: Scene) => Promise<boolean>): Nemesis {
  return async (scene) => {
    while (aiming.has(scene) && !scene.over.aborted) await scene.wait(LOOK_EVERY_MS);
    if (scene.over.aborted) return false;
    aiming.add(scene);
    return nemesis(scene).finally(() => aiming.delete(scene));
  };
}

/**
 * One answer comes as late as it may and none after it; the holder stands still over the deadline that counts from the sending, and
 * goes on before the one that would count from the answer.
 */
export const staleProof = aimed(async (scene) => {
  const { commandTimeoutMs, leaseTtlMs, safetyMarginMs } = scene.times;
  const before = await nextRenewal(scene, () => true);
  if (before === null) return false;
  const { slot } = before;
  const { ways } = slot;
  const lateMs = 0.85 * commandTimeoutMs;
  for (const way of ways) way.delay(lateMs, 'replies');
  try {
    const late = await nextRenewal(scene, (next) => next.slot !== slot || next.sentAt > before.sentAt);
    if (late?.slot !== slot) return false;
    for (const way of ways) way.hold('requests');
    const until = (ms: number) => scene.wait(Math.max(0, late.sentAt + ms - Date.now()));
    // Before two thirds of the TTL are over: then it would begin to stop by itself.
    await until(0.6 * leaseTtlMs);
    const api = slot.ready;
    api?.pause();
    await until(leaseTtlMs - safetyMarginMs + 0.4 * lateMs);
    api?.resume();
    await scene.wait(lateMs);
    return true;
  } finally {
    // Also when Redis has not told of a renewal: a server may die or hang meanwhile.
    for (const way of ways) await way.pass();
  }
});

/** Redis says its age in whole seconds of the clock: started here, it is soon a second old. */
const LATE_IN_A_SECOND: readonly [number, number] = [600, 850];

/** The holder is cut off as soon as it has proven its claim again, and Redis forgets everything. */
export const forgottenHolder = (forget: (scene: Scene) => Promise<unknown>) =>
  aimed(async (scene) => {
    const renewal = await nextRenewal(scene, ({ sentAt }) => {
      const ofSecond = Date.now() % 1_000;
      const isFresh = Date.now() - sentAt < scene.times.heartbeatIntervalMs;
      return isFresh && ofSecond >= LATE_IN_A_SECOND[0] && ofSecond <= LATE_IN_A_SECOND[1];
    });
    if (renewal === null) return false;
    const { ways } = renewal.slot;
    for (const way of ways) way.hold();
    await forget(scene);
    await scene.wait(scene.times.leaseTtlMs);
    for (const way of ways) await way.pass();
    return true;
  });
