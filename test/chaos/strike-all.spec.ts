import type { Scene } from './nemeses';
import type { PlannedFault } from './plan';
import { strikeAll } from './strike-all';

/** What is struck after a plan that has each kind twice. `outcomes`: whether its next try has an effect; the last one for ever. */
async function secondTries(
  demanded: readonly string[],
  outcomes: Record<string, boolean[]>,
  oneOf: readonly string[] = [],
): Promise<string[]> {
  const struck: string[] = [];
  const nemesisOf =
    (kind: string, left: boolean[]) =>
    (_scene: Scene, _slot: unknown, { force }: PlannedFault) => {
      struck.push(`${kind} ${force}`);
      return (left.length > 1 ? left.shift() : left[0]) ?? false;
    };
  const nemeses = Object.fromEntries(
    Object.entries(outcomes).map(([kind, left]) => [kind, nemesisOf(kind, left)]),
  );
  const plan = Object.keys(outcomes).flatMap((kind) =>
    [1, 2].map((force) => ({ kind, force, atMs: 0, slot: 0 }) as unknown as PlannedFault),
  );
  const scene = {
    slots: [{}],
    redis: { nemeses },
    over: new AbortController().signal,
    wait: async () => undefined,
    note: () => undefined,
  } as unknown as Scene;
  const stop = () => undefined;
  await strikeAll(scene, plan, { isEnough: () => false, stop, lastsMs: null, demanded, oneOf });
  return struck.slice(plan.length);
}

describe('the faults of a plan', () => {
  it('are tried again, kind by kind, where one is demanded and had no effect', async () => {
    const tried = await secondTries(['kill', 'pause', 'stop'], {
      kill: [false, false, false, true],
      pause: [false, true],
      stop: [false],
    });
    expect(tried).toEqual(['kill 1', 'stop 1', 'kill 2', 'stop 2', 'stop 1', 'stop 2', 'stop 1', 'stop 2']);
  });

  it('are not where none is demanded', async () => {
    expect(await secondTries([], { kill: [false] })).toEqual([]);
  });

  it('are tried again until one of those has had an effect that the run is about', async () => {
    const outcomes = { kill: [false], pause: [false, false, false, true], stop: [false] };
    expect(await secondTries([], outcomes, ['kill', 'pause'])).toEqual([
      'kill 1',
      'pause 1',
      'kill 2',
      'pause 2',
    ]);
    expect(
      await secondTries(['stop'], { kill: [true], pause: [false], stop: [false, false, true] }, [
        'kill',
        'pause',
      ]),
    ).toEqual(['stop 1']);
  });
});
