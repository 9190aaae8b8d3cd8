/** Something outside that the work writes to, and that knows nothing of leases: it only compares tokens. */
import type { Verdict } from './violation';

export class FencedResource {
  #highest = 0;
  #accepted = 0;
  writes = 0;
  refusals = 0;

  constructor(
    private readonly verdict: Verdict,
    /** False: a planted bug. */
    private readonly compares: boolean,
  ) {}

  /** What a holder does before its work counts: from here on nothing older gets in. */
  seal(token: number): void {
    this.#highest = Math.max(this.#highest, token);
  }

  write(token: number): void {
    if (this.compares && token < this.#highest) {
      this.refusals += 1;
      return;
    }
    if (token < this.#accepted || token < this.#highest)
      this.verdict.fail(
        'fencing',
        `the resource accepted token ${token} after ${Math.max(this.#accepted, this.#highest)}`,
      );
    this.seal(token);
    this.#accepted = Math.max(this.#accepted, token);
    this.writes += 1;
  }
}
