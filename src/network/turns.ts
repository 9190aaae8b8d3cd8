/**
 * Lets few do long work on the main thread at the same time; the others wait, first come, first served.
 *
 * Renewals, and everybody else's requests, need the main thread as well: so each place rests after its work.
 */
import type { Clock } from '../clock';

export const AT_ONCE = 2;
/** About twice what a page of 1,000 entries takes the main thread. */
export const REST_MS = 20;

export class Turns {
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(private readonly clock: Clock) {}

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves, or rejects, as the work does, without the rest. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken < AT_ONCE) this.#taken += 1;
    else await new Promise<void>((begin) => this.#waiting.push(begin));
    try {
      return await work();
    } finally {
      this.clock.setTimer(REST_MS, () => this.#passOn());
    }
  }

  /** Whoever is next takes the place over, so that nobody who comes meanwhile gets in before. */
  #passOn(): void {
    const begin = this.#waiting.shift();
    if (begin === undefined) this.#taken -= 1;
    else begin();
  }
}
