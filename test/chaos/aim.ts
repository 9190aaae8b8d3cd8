/** Whom a fault is to hit, and when: most of what is done to just anybody at any time has no effect. */
import { now } from './history';
import type { Scene } from './nemeses';
import type { Slot } from './supervisor';

const LOOK_EVERY_MS = 5;

/** For somebody to hold, or to come by a failpoint: there are other faults, after which nobody does for a while. */
export const patienceMs = ({ times }: Scene) => 3 * times.leaseTtlMs;

/** The first value that is not `null`, if there is one within this time. */
export async function soon<T>(
  { wait, over }: Scene,
  withinMs: number,
  look: () => T | null | Promise<T | null>,
): Promise<T | null> {
  for (const until = now() + withinMs; ;) {
    const found = await look();
    if (found !== null || now() >= until || over.aborted) return found;
    await wait(LOOK_EVERY_MS);
  }
}

export function terminate({ note }: Scene, { ready, state }: Slot): boolean {
  if (ready === null) return false;
  note({ what: 'told-to-end', at: now(), pid: ready.pid, state });
  ready.kill('SIGTERM');
  return true;
}

/** One that is in this state, if there is one soon; otherwise the one that was drawn. */
export async function inState(scene: Scene, drawn: Slot, state: string | undefined): Promise<Slot> {
  const find = () => scene.slots.find((slot) => slot.ready !== null && slot.state === state) ?? null;
  return (await soon(scene, patienceMs(scene), find)) ?? drawn;
}

/** Most of the time whoever is active: what an operator wishes of another is often refused. */
export async function aimedAt(scene: Scene, drawn: Slot, force: number): Promise<Slot> {
  return force < 0.25 ? drawn : inState(scene, drawn, 'active');
}

/** The one that was drawn, or another one if nobody is there. */
export function answering({ slots }: Scene, drawn: Slot): Slot {
  return drawn.ready !== null ? drawn : (slots.find(({ ready }) => ready !== null) ?? drawn);
}

/** Whether the process has done it, soon. */
export async function ordered(scene: Scene, slot: Slot, order: object): Promise<boolean> {
  const given = slot.order(order);
  const done = await soon(scene, scene.times.leaseTtlMs, () =>
    given?.isCarriedOut() === false ? null : true,
  );
  return given !== null && done !== null;
}
