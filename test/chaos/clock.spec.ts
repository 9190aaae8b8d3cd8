/** The clocks of a process under chaos: what is done to them, the product sees. */
import { appendFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ClockReading } from '../../src/clock';
import { startApi, type ApiProcess } from '../support/api-process';
import { useCleanUp } from '../support/hooks';
import { temporaryFile } from '../support/live-exchange';
import { waitFor } from '../support/wait-for';

const RECORDER = join(__dirname, 'fixtures/recorder.cjs');
/** Far from what a busy machine could be taken for. */
const RATE = 50;
const AN_HOUR_MS = 3_600_000;
/** The boot clock tells hundredths of a second, the wall clock whole milliseconds; both are told at the rate. */
const COARSE_MS = 10 * RATE + 1;

interface Look {
  readonly from: number;
  readonly reading: ClockReading;
  readonly to: number;
}

/** A process with the product's clock in it, and nothing else of it but the recorder. */
class Timed {
  #orders = 0;

  private constructor(
    private readonly process: ApiProcess,
    private readonly folder: string,
  ) {}

  static async start(): Promise<Timed> {
    const folder = dirname(await temporaryFile('empty', ''));
    const env = { CHAOS_FOLDER: folder, CHAOS_CLOCK_RATE: `${RATE}`, CHAOS_RESOURCE_PORT: '1' };
    const process = await startApi({
      script: 'test/chaos/fixtures/read-clock.cjs',
      until: 'spawned',
      nodeArgs: ['--require', RECORDER],
      env,
    });
    return new Timed(process, folder);
  }

  async look(): Promise<Look> {
    return waitFor(() => this.process.logs[this.#orders] as Look | undefined);
  }

  /** As the supervisor gives it. What the clock says as soon as it was followed. */
  async order(order: object): Promise<Look> {
    this.#orders += 1;
    const file = join(this.folder, `orders-${this.process.pid}.jsonl`);
    appendFileSync(file, `${JSON.stringify({ ...order, id: this.#orders })}\n`);
    this.process.kill('SIGUSR2');
    return this.look();
  }
}

/** By how much a clock went on between two looks, beyond what its rate makes of the real time; 0 where that explains it. */
function ahead(clock: keyof ClockReading, before: Look, after: Look): number {
  const wentMs = after.reading[clock] - before.reading[clock];
  const least = RATE * (after.from - before.to) - COARSE_MS;
  const most = RATE * (after.to - before.from) + COARSE_MS;
  return wentMs < least ? wentMs - least : Math.max(0, wentMs - most);
}

describe("a process's clocks", () => {
  useCleanUp();

  it('run at the rate that it was given, all three', async () => {
    const timed = await Timed.start();
    const before = await timed.look();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const after = await timed.order({});
    for (const clock of ['monotonicMs', 'wallMs', 'bootMs'] as const) {
      expect({ clock, ahead: ahead(clock, before, after) }).toEqual({ clock, ahead: 0 });
      // Five times what has really gone by: nothing that a clock tells coarsely.
      expect(after.reading[clock] - before.reading[clock]).toBeGreaterThan(5 * 300);
    }
  });

  it.each([AN_HOUR_MS, -AN_HOUR_MS])(
    'are set by %d ms on an order: that of the wall alone',
    async (jumpMs) => {
      const timed = await Timed.start();
      const before = await timed.look();
      const after = await timed.order({ jumpMs });
      const wallAheadMs = ahead('wallMs', before, after);
      // Less what a bound takes for the rate.
      expect(Math.sign(wallAheadMs)).toBe(Math.sign(jumpMs));
      expect(Math.abs(wallAheadMs)).toBeLessThanOrEqual(AN_HOUR_MS);
      expect(Math.abs(wallAheadMs)).toBeGreaterThan(0.9 * AN_HOUR_MS);
      expect(ahead('monotonicMs', before, after)).toBe(0);
      expect(ahead('bootMs', before, after)).toBe(0);
    },
  );
});
