import type { ProcessOutput } from '../support/process-output';
import type { HistoryEvent } from './history';
import { endAll, recover, recoveryMs, unhandledIn } from './recovery';
import { TIMES } from './supervisor';

/** Shows one state of things after the other, the last one for ever. */
function showing(...looks: (readonly string[])[]) {
  let at = -1;
  return async () => looks[Math.min((at += 1), looks.length - 1)] ?? [];
}

const ORDER = ['idle', 'active', 'idle'];
const OTHER = ['active', 'idle', 'idle'];
const BROKEN = ['idle', 'idle', 'silent'];

describe('the recovery', () => {
  const [HEALED_AT, BOUND_MS, LASTS_MS] = [5_000, 350, 250];

  /** Its time is its own: only the wait between two looks makes it go on, which is 100 ms. */
  const find = async (look: () => Promise<readonly string[]>) => {
    let at = HEALED_AT;
    const time = { now: () => at, sleep: async (ms: number) => void (at += ms) };
    const bounds = { healedAt: HEALED_AT, boundMs: BOUND_MS, lastsMs: LASTS_MS };
    return { ...(await recover(look, bounds, time)), endedAt: at };
  };

  it('is over when one has been active for long enough', async () => {
    const found = await find(showing(BROKEN, ORDER));
    expect(found).toEqual({ findings: [], tookMs: 100, endedAt: HEALED_AT + 400 });
  });

  it('may take as long as the bound, and then has still to last', async () => {
    const late = [BROKEN, BROKEN, BROKEN, ORDER];
    expect(await find(showing(...late))).toEqual({ findings: [], tookMs: 300, endedAt: HEALED_AT + 600 });
    expect((await find(showing(BROKEN, ...late))).findings).toHaveLength(1);
  });

  it.each([
    ['nobody is active', [BROKEN]],
    ['two are active', [['active', 'active']]],
    ['one neither waits nor rests', [['active', 'stopping']]],
    ['one does not answer', [['active', 'silent']]],
    ['it does not last', [ORDER, ORDER, BROKEN]],
    ['now this one is active, now another', [ORDER, ORDER, BROKEN, OTHER, BROKEN, ORDER, BROKEN]],
  ])('fails when %s', async (_why, looks) => {
    const { findings, endedAt } = await find(showing(...looks));
    expect(findings).toEqual([expect.stringMatching(/^recovery: 350 ms after/)]);
    expect(endedAt).toBe(HEALED_AT + 400);
  });

  it('begins to count anew when another one is active', async () => {
    const found = await find(showing(ORDER, ORDER, OTHER));
    expect(found).toEqual({ findings: [], tookMs: 200, endedAt: HEALED_AT + 500 });
  });

  it('is bounded by the shortest wait that the instances have drawn', () => {
    const waits = (pid: number, at: number, ms: number): HistoryEvent => ({ what: 'backs-off', pid, at, ms });
    const bound = (...history: HistoryEvent[]) => recoveryMs(TIMES, history, [1, 2], 1_000);
    const least = bound();
    expect(bound(waits(1, 900, 5_000))).toBe(least);
    expect(bound(waits(1, 900, 5_000), waits(2, 990, 3_000))).toBe(least + 2_990);
    expect(bound(waits(1, 100, 500), waits(2, 990, 3_000))).toBe(least);
  });
});

describe('the end of everybody', () => {
  /** One that ends when it is told to, or does not. */
  const process = (pid: number, obeys = true, code = 0) => ({
    pid,
    running: true,
    kill() {
      if (obeys) this.running = false;
    },
    exited: Promise.resolve({ code, signal: null }),
    output: { lastLines: () => 'it waits' } as unknown as ProcessOutput,
  });
  const held = (status: string | null) => async () => status;

  it('leaves nothing behind', async () => {
    expect(await endAll([process(1), process(2)], held(null), 50)).toEqual([]);
  });

  it('finds a process that does not end', async () => {
    expect(await endAll([process(1), process(2, false)], held(null), 50)).toEqual([
      expect.stringMatching(/^stuck: 2\nit waits/),
    ]);
  });

  it('finds a process that did not end in order', async () => {
    expect(await endAll([process(1), process(2, true, 143)], held(null), 50)).toEqual([
      expect.stringMatching(/^rough end: process 2 ended with code 143; it waits/),
    ]);
  });

  it('finds nothing out, and says so, when Redis cannot be asked', async () => {
    await expect(endAll([process(1)], () => Promise.reject(new Error('silence')), 50)).rejects.toThrow(
      'silence',
    );
  });

  it('finds an exchange that is still held', async () => {
    expect(await endAll([process(1)], held('a status'), 50)).toEqual([
      expect.stringMatching(/^left behind: after everybody had ended in order, a status/),
    ]);
  });
});

describe('the search for unhandled errors', () => {
  it('finds those that a process has written down', () => {
    const history: HistoryEvent[] = [
      { what: 'act', pid: 1, at: 1 },
      { what: 'uncaught', pid: 2, at: 2, message: 'oh' },
    ];
    expect(unhandledIn(history)).toEqual(['unhandled: process 2: oh (at 2.0)']);
  });
});
