/**
 * Notices that Redis's clock has jumped against ours, from the times its replies carry.
 *
 * A jump forward lets keys expire early; a reply cannot undo that, but the next one can verify the claim.
 */
import type { ClockReading } from '../clock';

interface Observation {
  readonly storeTimeMs: number;
  readonly sentMs: number;
  readonly repliedMs: number;
}

export class ClockJumpDetector {
  #last: Observation | null = null;

  constructor(private readonly toleranceMs: number) {}

  /**
   * Takes in a reply; answers by how many milliseconds the store's clock moved more (or less, negative) than ours can
   * explain since the reply before. 0: it did not jump.
   */
  observe(storeTimeMs: number, sentAt: ClockReading, repliedAt: ClockReading): number {
    // The boot clock goes on while this machine is suspended, as the store's does.
    const now = { storeTimeMs, sentMs: sentAt.bootMs, repliedMs: repliedAt.bootMs };
    const last = this.#last;
    this.#last = now;
    if (last === null) return 0;
    const passedThere = now.storeTimeMs - last.storeTimeMs;
    // The two replies were made somewhere between sending and reply.
    const mostPassedHere = now.repliedMs - last.sentMs;
    const leastPassedHere = now.sentMs - last.repliedMs;
    if (passedThere > mostPassedHere + this.toleranceMs) return passedThere - mostPassedHere;
    if (passedThere < leastPassedHere - this.toleranceMs) return passedThere - leastPassedHere;
    return 0;
  }
}
