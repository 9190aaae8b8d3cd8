/** Something outside that the work writes to, and that knows nothing of leases: it only compares tokens. */
import type { Verdict } from './violation';

export class FencedResource {
  #highest = 0;
  #accepted = 0;
  #active = 0;

  constructor(
    private readonly verdict: Verdict,
    /** False: a planted bug. */
    private readonly compares: boolean,
    private readonly onRefused: () => void = () => undefined,
  ) {}

  /** What a holder does before its work counts: from here on nothing older gets in. */
  seal(token: number): void {
    this.#highest = Math.max(this.#highest, token);
  }

  /** The holder of this token counts as active. */
  activated(token: number): void {
    this.#active = Math.max(this.#active, token);
  }

  write(token: number): void {
    if (this.compares && token < this.#highest) {
      this.onRefused();
      return;
    }
    const newest = Math.max(this.#accepted, this.#highest, this.#active);
    if (token < newest) this.verdict.fail('fencing', `the resource accepted token ${token} after ${newest}`);
    this.seal(token);
    this.#accepted = Math.max(this.#accepted, token);
  }
}
