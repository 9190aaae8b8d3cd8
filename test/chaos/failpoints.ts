/** Processes that stand still exactly at a named place of the product. */
import { patienceMs, soon, terminate } from './aim';
import { holderOf } from './directed';
import type { Nemesis } from './nemeses';
import { ask, goOn } from './operators';
import type { Order } from './supervisor';

/** Where a process comes by only while it holds. */
const OF_HOLDER = /^(?:renew|stop|release|fenced-write)\./;
/** Where it comes by only when it ends. */
const OF_END = /^(?:stop|release)\./;

/** Stops a process exactly there, which is led there if need be; for as long as drawn, once it stands. */
export const freezeAtFailpoint: Nemesis = async (scene, drawn, { failpoint, durationMs, force }) => {
  const holder = OF_HOLDER.test(failpoint)
    ? await soon(scene, patienceMs(scene), () => holderOf(scene))
    : null;
  // Whoever may be the next to claim, otherwise.
  const slots = OF_HOLDER.test(failpoint) ? [holder ?? drawn] : scene.slots;
  const orders = slots.flatMap((slot) => {
    const order = slot.order({ freezeAt: failpoint });
    return order === null ? [] : [{ slot, order }];
  });
  if (holder !== null && OF_END.test(failpoint)) {
    // The answer comes when it has ended, if at all.
    if (force < 0.5) void ask(scene, holder, '/control/stop');
    else terminate(scene, holder);
  }
  const find = (): Order | null => orders.find(({ order }) => order.isCarriedOut())?.order ?? null;
  const hit = await soon(scene, patienceMs(scene), find);
  const withdrawals = orders.map(({ slot, order }) => slot.order({ withdraw: order.id }));
  if (hit !== null) await scene.wait(durationMs);
  const resume = () => orders.forEach(({ order }) => order.api.resume());
  resume();
  // One that has come by before it read that it need not stand still would do so for ever.
  const isRead = () =>
    withdrawals.every((order) => order === null || order.isCarriedOut() || !order.api.running);
  await soon(scene, scene.times.leaseTtlMs, () => isRead() || null);
  resume();
  if (holder !== null && OF_END.test(failpoint)) await goOn(scene, holder);
  return hit !== null;
};
