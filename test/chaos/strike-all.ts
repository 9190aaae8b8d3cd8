/** All the faults of a plan, each at its time; their effects are in the history. */
import { now } from './history';
import { strike, type Scene } from './nemeses';
import type { PlannedFault } from './plan';

/** Whether a planted bug has shown. */
const LOOK_EVERY_MS = 250;

interface Limits {
  readonly isEnough: () => boolean;
  readonly stop: () => void;
  /** Then it is stopped, whatever is still under way or waits for its turn; `null`: every fault is let through to its end. */
  readonly lastsMs: number | null;
  /** Kinds that are to have an effect: those that had none by the end of the plan are tried again. */
  readonly demanded: readonly string[];
  /** One of these kinds is: where none had an effect, they are tried again until one has. */
  readonly oneOf: readonly string[];
}

/** How often each, and how long after the one before: some first need everything to be mended again. */
const SECOND_TRIES = 6;
const TRY_AGAIN_AFTER_MS = 3_000;

export async function strikeAll(
  scene: Scene,
  faults: readonly PlannedFault[],
  { isEnough, stop, lastsMs, demanded, oneOf }: Limits,
): Promise<void> {
  const began = now();
  const struck: Promise<boolean>[] = [];
  const looking = setInterval(() => isEnough() && stop(), LOOK_EVERY_MS);
  for (const fault of faults) {
    await scene.wait(Math.max(0, fault.atMs - (now() - began)));
    if (scene.over.aborted) break;
    struck.push(strike(scene, fault));
  }
  if (lastsMs !== null) {
    await scene.wait(Math.max(0, lastsMs - (now() - began)));
    stop();
  }
  clearInterval(looking);
  const made = await Promise.all(struck);
  const effective = new Set<string>(faults.filter((_, at) => made[at] === true).map(({ kind }) => kind));
  const isMissing = (kind: string) =>
    !effective.has(kind) && (demanded.includes(kind) || oneOf.every((each) => !effective.has(each)));
  const wanted = [...new Set([...demanded, ...oneOf])];
  for (let tries = 0; tries < SECOND_TRIES; tries += 1)
    for (const kind of wanted) {
      const planned = faults.filter((fault) => fault.kind === kind);
      const fault = planned[tries % planned.length];
      if (fault === undefined || scene.over.aborted || !isMissing(kind)) continue;
      if (tries > 0) await scene.wait(TRY_AGAIN_AFTER_MS);
      if (await strike(scene, fault)) effective.add(fault.kind);
    }
}
