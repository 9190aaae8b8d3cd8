/**
 * Keeps claims: renews all of an instance together, until they end.
 *
 * Decides what an outcome of the store means for a lease: surely renewed moves its deadline, surely lost ends it, and
 * unknown changes nothing but the pace; the lease's own clocks then decide. One timeout never costs a claim,
 * because after a blocked event loop a good reply is reported as a timeout.
 *
 * Does not take a claim (claimant.ts) nor give it back (tenure.ts), and does not decide when one is wanted or what runs under
 * it (instance-registry.ts).
 */
import { Logger } from '@nestjs/common';
import type { Clock, ClockReading, Timer } from '../clock';
import { failpoint } from '../failpoints';
import { ClockJumpDetector } from './clock-jump';
import type { ExchangeStatus } from './exchange-status';
import type { HeldLease } from './lease';
import type { LeaseStore, RenewOutcome, RenewRequest } from './lease-store';
import type { RegistrySettings } from './registry.options';

type KeeperSettings = Pick<
  RegistrySettings,
  'leaseTtlMs' | 'safetyMarginMs' | 'heartbeatIntervalMs' | 'commandTimeoutMs'
>;

/** What the keeper has to know of a lease to renew it. */
interface Kept {
  readonly lease: HeldLease;
  /** The status to publish with the next renewal. */
  readonly describe: () => ExchangeStatus;
  readonly onLogged: (loggedSeq: number) => void;
  /** Against the clock of the node that keeps this lease. */
  readonly jump: ClockJumpDetector;
  /** When the store last carried out a claim or renewal of it, on the store's clock. */
  storeTimeMs: number;
  /** A renewal is under way; the next heartbeat leaves this lease out. */
  inFlight: boolean;
}

export class LeaseKeeper {
  readonly #logger = new Logger(LeaseKeeper.name);
  readonly #kept = new Map<string, Kept>();
  #retry: Timer | null = null;

  constructor(
    private readonly store: Pick<LeaseStore, 'renew'>,
    private readonly clock: Clock,
    private readonly settings: KeeperSettings,
    private readonly random: () => number = Math.random,
  ) {}

  /** Renews this lease with every heartbeat from now on, until it ends. `storeTimeMs`: when it was claimed, on the store's clock. */
  keep(
    lease: HeldLease,
    storeTimeMs: number,
    describe: () => ExchangeStatus,
    onLogged: (loggedSeq: number) => void,
  ): void {
    const jump = new ClockJumpDetector(this.settings.safetyMarginMs);
    this.#kept.set(lease.claimId, { lease, describe, onLogged, jump, storeTimeMs, inFlight: false });
    void lease.ended.then(() => this.#kept.delete(lease.claimId));
  }

  /** Renews this lease no more; its deadline still stands. To be called before it is given back. */
  forget(lease: HeldLease): void {
    this.#kept.delete(lease.claimId);
  }

  /**
   * One heartbeat: renews everything kept, in one batch. A lease whose last renewal is still under way is left out. Never
   * throws, never rejects.
   */
  async beat(): Promise<void> {
    const due = [...this.#kept.values()].filter((kept) => !kept.inFlight && kept.lease.health !== 'lost');
    if (due.length === 0) return;
    for (const kept of due) kept.inFlight = true;
    try {
      await failpoint('renew.before-send');
      const requests = due.map((kept) => this.#request(kept));
      const sentAt = this.clock.read();
      const outcomes = await this.store.renew(requests);
      await failpoint('renew.after-reply');
      due.forEach((kept, i) => this.#apply(kept, outcomes[i], sentAt));
    } catch (error) {
      this.#logger.error({ msg: 'heartbeat failed', err: error });
      for (const { lease } of due) lease.doubt();
      this.#retrySoon();
    } finally {
      for (const kept of due) kept.inFlight = false;
    }
  }

  #request({ lease, describe, storeTimeMs }: Kept): RenewRequest {
    const { leaseTtlMs: ttlMs } = this.settings;
    return { ...lease.ref, status: describe(), ttlMs, expiresAtMs: storeTimeMs + ttlMs };
  }

  #apply(kept: Kept, outcome: RenewOutcome | undefined, sentAt: ClockReading): void {
    const { lease } = kept;
    if (outcome === undefined || outcome.outcome === 'unknown') {
      const isNew = lease.health === 'held';
      lease.doubt();
      const remainingMs = Math.round(lease.remainingMs());
      const line = { msg: 'heartbeat not answered', ...this.#where(lease), remainingMs, err: outcome?.error };
      // One warning for an outage; its repetitions, about one a second, are for whoever looks closer.
      if (isNew) this.#logger.warn(line);
      else this.#logger.debug(line);
      return this.#retrySoon();
    }
    kept.onLogged(outcome.loggedSeq);
    if (outcome.outcome === 'lost') {
      return lease.lose({ kind: 'taken', cause: outcome.cause, holder: outcome.holder });
    }
    kept.storeTimeMs = outcome.storeTimeMs;
    // A reply after the deadline demotes, it never revives: extend() looks at the clocks first.
    if (!lease.extend(sentAt)) return;
    if (outcome.healed)
      this.#logger.warn({
        msg: 'status key was gone or overwritten and has been put back',
        ...this.#where(lease),
      });
    this.#verifyAfterJump(kept, outcome.storeTimeMs, sentAt);
  }

  #verifyAfterJump({ lease, jump }: Kept, storeTimeMs: number, sentAt: ClockReading): void {
    const jumpMs = jump.observe(storeTimeMs, sentAt, this.clock.read());
    if (jumpMs === 0) return;
    lease.doubt();
    this.#logger.warn({ msg: 'clock of Redis jumped; verifying the claim', ...this.#where(lease), jumpMs });
    this.#retrySoon();
  }

  /** Asks again well before the next heartbeat, spread out so that many instances do not come back together. */
  #retrySoon(): void {
    this.#retry?.cancel();
    const delayMs = (this.settings.heartbeatIntervalMs / 15) * (0.5 + this.random());
    this.#retry = this.clock.setTimer(delayMs, () => void this.beat());
  }

  #where(lease: HeldLease) {
    return {
      exchange: lease.exchange.name,
      instance: lease.ref.instanceId,
      fencingToken: lease.fencingToken,
    };
  }
}
