/**
 * Ends the work of a tenure.
 *
 * Decides how long it may take: an orderly stop has `stopTimeoutMs`, then the work is aborted, and half a safety margin later
 * it counts as stuck. The claim goes on being renewed meanwhile, also while Nest's scheduler has already stopped. Whether the
 * claim may be given back follows from the answer; it is never assumed that work has ended.
 */
import { Logger } from '@nestjs/common';
import { delay } from '../clock';
import { ActivityType } from './activity';
import type { HeldLease } from './lease';
import { WorkStillRunningError } from './registry.errors';
import type { TenureServices } from './tenure.services';

/** What the work is told when it must end. */
export interface StopOrder {
  /** Aborted when there is no time left to finish open work: the stop limit has passed, or the claim is lost. */
  readonly signal: AbortSignal;
  readonly cause: string;
}

export interface Work {
  /**
   * Ends the work; resolves when nothing of it runs any more. Called once per tenure. Must not wait for `deregister` or
   * `Lease.release`, which wait for it. If it rejects, nobody knows whether the work has ended: the claim is then left to expire
   * instead of being given back.
   */
  stopWork(order: StopOrder): Promise<void>;
  /** Called when the work did not end although it was aborted. The process can no longer keep its promise. */
  onStuck?(error: WorkStillRunningError): void;
}

/**
 * The hooks of `options`, or `null` where none says how the work ends. They may be methods of a class: of those a copy of the
 * own fields would miss the hooks, and a bare reference to one its `this`.
 */
export function workOf(options: Partial<Work>): Required<Work> | null {
  if (!options.stopWork) return null;
  return {
    stopWork: (order) => options.stopWork!(order),
    onStuck: (error) => options.onStuck?.(error),
  };
}

export class WorkEnd {
  readonly #logger = new Logger(WorkEnd.name);
  readonly #now = new AbortController();
  readonly #ended = new AbortController();
  readonly #stuck = new AbortController();

  constructor(
    private readonly lease: HeldLease,
    private readonly work: Required<Work> | null,
    private readonly services: TenureServices,
  ) {}

  /** Aborted, with a `WorkStillRunningError`, when the work has not ended although it must. */
  get stuck(): AbortSignal {
    return this.#stuck.signal;
  }

  /** True once the work has surely ended, however long that takes; false when it failed to say so. */
  async stop(cause: string): Promise<boolean> {
    if (this.work === null) {
      this.lease.endWork();
      return true;
    }
    const { signal } = this.lease;
    const onLost = () => this.#now.abort(signal.reason);
    if (signal.aborted) onLost();
    signal.addEventListener('abort', onLost, { once: true });
    void this.#limit();
    void this.#keepRenewing();
    try {
      await this.work.stopWork({ signal: this.#now.signal, cause });
      return true;
    } catch (error) {
      this.#logger.error({ msg: 'stopping the work failed', ...this.#where(), err: error });
      this.#now.abort(error);
      return false;
    } finally {
      this.#ended.abort();
      signal.removeEventListener('abort', onLost);
    }
  }

  async #limit(): Promise<void> {
    const { stopTimeoutMs, safetyMarginMs } = this.services.settings;
    const graceMs = Math.ceil(safetyMarginMs / 2);
    // oxlint-disable-next-line no-restricted-properties -- both are of this one end
    await this.#wait(stopTimeoutMs, AbortSignal.any([this.#ended.signal, this.#now.signal]));
    if (this.#ended.signal.aborted) return;
    this.#now.abort(new WorkStillRunningError(this.lease.exchange, stopTimeoutMs));
    await this.#wait(graceMs, this.#ended.signal);
    if (!this.#ended.signal.aborted) this.#report(stopTimeoutMs + graceMs);
  }

  async #keepRenewing(): Promise<void> {
    const { heartbeatIntervalMs } = this.services.settings;
    while (!this.#ended.signal.aborted && this.lease.health !== 'lost') {
      await this.#wait(heartbeatIntervalMs, this.#ended.signal);
      if (!this.#ended.signal.aborted) await this.services.keeper.beat();
    }
  }

  #report(waitedMs: number): void {
    const error = new WorkStillRunningError(this.lease.exchange, waitedMs);
    this.#logger.fatal({ msg: error.message, ...this.#where() });
    this.services.journal.record(this.lease.exchange, {
      type: ActivityType.Error,
      actor: 'system',
      cause: error.message,
      claimId: this.lease.claimId,
      fencingToken: this.lease.fencingToken,
    });
    this.#stuck.abort(error);
    try {
      this.work?.onStuck(error);
    } catch (failure) {
      this.#logger.error({ msg: 'reporting stuck work failed', ...this.#where(), err: failure });
    }
  }

  async #wait(ms: number, until: AbortSignal): Promise<void> {
    await delay(this.services.clock, ms, until).catch(() => undefined);
  }

  #where() {
    return { exchange: this.lease.exchange.name, instance: this.lease.ref.instanceId };
  }
}
