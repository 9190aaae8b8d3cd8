/** What operators wish: through the API of a process, each wish with a reason that its record is known by. */
import { randomUUID } from 'node:crypto';
import { aimedAt, answering, patienceMs, soon } from './aim';
import { TOO_MANY } from './command-check';
import { holderOf } from './directed';
import { now, timed } from './history';
import type { Nemesis, Scene } from './nemeses';
import { noted } from './redis-nemeses';
import type { Slot } from './supervisor';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Asks the API as an operator does, each time for a reason of its own. `null`: no answer. A 500 is a finding. */
export async function ask(
  { asked }: Scene,
  slot: Slot,
  path: string,
  body: object = {},
): Promise<Answer | null> {
  const { ready } = slot;
  if (ready === null) return null;
  const reason = `chaos ${randomUUID()}`;
  const askedAt = now();
  try {
    const {
      status: code,
      text,
      body: answer,
    } = await ready.post(path, { ...body, reason }, { timeoutMs: 3_000 });
    const answeredAt = now();
    if (code === 500)
      slot.findings.push(timed(`500: POST ${path} of process ${ready.pid}: ${text}`, answeredAt));
    if (typeof answer === 'object' && answer !== null)
      asked.push({ path, reason, pid: ready.pid, status: code, body: { ...answer }, askedAt, answeredAt });
    return { status: code, body: answer };
  } catch {
    return null;
  }
}

export const isAccepted = (answer: Answer | null) => answer !== null && answer.status < 300;

export function goOn(scene: Scene, slot: Slot): Promise<[Answer | null, Answer | null]> {
  return Promise.all([
    ask(scene, slot, '/control/resume'),
    ask(scene, slot, '/control/start', { exchange: 'simulator', standby: true }),
  ]);
}

export function operator(what: 'pause' | 'stop'): Nemesis {
  return async (scene, drawn, { durationMs, force }) => {
    const slot = await aimedAt(scene, drawn, force);
    const isDone = isAccepted(await ask(scene, slot, `/control/${what}`));
    if (isDone) await scene.wait(durationMs);
    await goOn(scene, slot);
    return isDone;
  };
}

/** Of a holder that is there, if there is one soon. */
export const revoke =
  (holderIsDead: boolean): Nemesis =>
  async (scene, drawn) => {
    await soon(scene, patienceMs(scene), () => holderOf(scene));
    const slot = answering(scene, drawn);
    return noted(scene, holderIsDead ? 'robbed' : 'revoked', async () => {
      const answer = await ask(scene, slot, '/network/exchanges/simulator/revoke', { holderIsDead });
      if (answer === null || answer.status >= 500) throw new Error('nobody knows whether it was revoked');
      return isAccepted(answer);
    });
  };

/**
 * What an operator has stopped or paused is undone, once: again only where nobody has answered, or where the end of what was
 * stopped was still under way. A process that was started anew does by itself what is wanted of it.
 */
export async function undo(scene: Scene, withinMs: number): Promise<void> {
  const undone = scene.slots.map(async (slot) => {
    const { api } = slot;
    await soon(scene, withinMs, async () => {
      if (slot.api !== api || api === null) return true;
      const answers = await goOn(scene, slot);
      if (answers.every((answer) => answer !== null && !isToBeAskedAgain(answer))) return true;
      await scene.wait(UNDO_EVERY_MS);
      return null;
    });
  });
  await Promise.all(undone);
}

/** The API takes no more than thirty such requests in ten seconds. */
const UNDO_EVERY_MS = 500;

function isToBeAskedAgain(answer: Answer): boolean {
  return answer.status === TOO_MANY || isEnding(answer);
}

/** A refusal that says that nothing at all can be wished now. */
function isEnding({ status: code, body }: Answer): boolean {
  return code === 409 && JSON.stringify(body).includes('"allowed":[]');
}
