/**
 * Waits until an exchange that somebody else holds may be free.
 *
 * Decides when it is worth trying again: at once when the activity log says that the holder has ended, and at the moment
 * the present claim would expire. It does not poll, and promises nothing about who wins the next claim.
 */
import { linkedAbort } from '../abort';
import { delay, type Clock } from '../clock';
import type { ActivityLog } from './activity-log';
import { ActivityType } from './activity';

/** After this many milliseconds past the expiry the key is surely gone in Redis as well. */
const PAST_EXPIRY_MS = 5;
/** Never longer without trying, should both the log and the clocks have failed. */
export const LONGEST_WAIT_MS = 60_000;

const ENDINGS: ReadonlySet<string> = new Set([
  ActivityType.Released,
  ActivityType.Lost,
  ActivityType.Revoked,
]);

export class Standby {
  constructor(
    private readonly log: ActivityLog,
    private readonly clock: Clock,
    private readonly instanceId: string,
  ) {}

  /**
   * Follows the log of an exchange from now on until `signal` is aborted, so that no ending is missed between two tries. Call
   * it once, before the first try, and `next` before each further one. Never rejects.
   */
  async watch(exchangeId: number, signal: AbortSignal): Promise<StandbyWatch> {
    const afterId = await this.log.lastId(exchangeId).catch(() => '$');
    return new StandbyWatch(this.log, this.clock, this.instanceId, exchangeId, afterId, signal);
  }
}

export class StandbyWatch {
  #endings = 0;
  #wake: (() => void) | null = null;

  constructor(
    log: ActivityLog,
    private readonly clock: Clock,
    private readonly instanceId: string,
    exchangeId: number,
    afterId: string,
    private readonly signal: AbortSignal,
  ) {
    // Without the log, the expiry alone wakes.
    this.#follow(log, exchangeId, afterId).catch(() => undefined);
  }

  /**
   * Resolves when it is worth trying: after an ending not yet answered to, or when `expiresInMs` have passed. Rejects with the
   * signal's reason when it is aborted.
   */
  async next(expiresInMs: number): Promise<void> {
    if (this.#endings === 0) {
      const woken = linkedAbort(this.signal);
      this.#wake = () => woken.abort();
      const waitMs = Math.min(expiresInMs + PAST_EXPIRY_MS, LONGEST_WAIT_MS);
      await delay(this.clock, waitMs, woken.signal).catch(() => undefined);
      woken.unlink();
      this.#wake = null;
    }
    this.#endings = 0;
    this.signal.throwIfAborted();
  }

  async #follow(log: ActivityLog, exchangeId: number, afterId: string): Promise<void> {
    for await (const { type, instanceId } of log.follow(exchangeId, afterId, this.signal)) {
      // A claim of our own that came to nothing is no reason to try again at once.
      if (!ENDINGS.has(type) || instanceId === this.instanceId) continue;
      this.#endings += 1;
      this.#wake?.();
    }
  }
}
