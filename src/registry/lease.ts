/**
 * The time-bounded right to work on an exchange.
 *
 * Decides from the clocks alone whether the right can still be proven. It counts from the moment the last
 * successful claim or renewal was *sent*: Redis can only have set the expiry later than that, so the deadline here
 * always comes before the expiry there, by the safety margin, as long as the clocks' rates differ by less than
 * margin / TTL. It does not know why a renewal failed and asks nobody.
 */
import { sharedAbort } from '../abort';
import { elapsedMs, type Clock, type ClockReading, type Timer } from '../clock';
import type { ExchangeIdentity } from './exchange-identity';
import type { ClaimRef } from './lease-store';
import { LeaseLostError, type LossReason } from './registry.errors';
import type { RegistrySettings } from './registry.options';

/** What `health` shows of a claim. */
export type LeaseHealth = 'none' | 'held' | 'unknown' | 'lost';

/** A claim as its owner sees it. */
export interface Lease {
  readonly exchange: ExchangeIdentity;
  readonly claimId: string;
  /** Greater than that of every earlier claim on this exchange; below 2^53. */
  readonly fencingToken: number;
  /** Until when the claim is proven, on the wall clock. Moves on with every renewal. */
  readonly deadline: Date;
  /** `held`, or `unknown` after a renewal without an answer, or `lost` (also once it was given back). */
  readonly health: Exclude<LeaseHealth, 'none'>;
  /**
   * Aborted with a `LeaseLostError` when the claim is lost or its deadline has passed: all work must end at once. Giving it
   * back aborts it only where nobody was named who stops the work (`stopWork`), as soon as the end begins.
   */
  readonly signal: AbortSignal;
  /** Aborted when two thirds of the TTL have passed without a renewal: begin an orderly stop. */
  readonly expiring: AbortSignal;
  /** Resolves when the claim has ended, in whatever way. */
  readonly ended: Promise<void>;
  /**
   * Throws `LeaseLostError` unless the claim is proven at this very moment. Synchronous, no I/O, and meant for the line
   * before every effect: after a blocked event loop, pending work runs before any timer.
   */
  assertHeld(): void;
  /** Milliseconds until the deadline by the clock that has advanced furthest; 0 when it has passed. */
  remainingMs(): number;
  /** Stops the work and gives the exchange back. The same as `InstanceRegistry.deregister`. */
  release(): Promise<void>;
}

/** For how long after it was sent a claim or renewal may be relied on. */
export function provenMs({ leaseTtlMs, safetyMarginMs }: LeaseTimes): number {
  return leaseTtlMs - safetyMarginMs;
}

type LeaseTimes = Pick<RegistrySettings, 'leaseTtlMs' | 'safetyMarginMs'>;

/** How often the deadline is looked at, at most: notices a machine that was suspended. */
const LONGEST_LOOK_MS = 1_000;

/** A lease with the handles its keeper moves it by. */
export class HeldLease implements Lease {
  readonly #expiring = new AbortController();
  readonly #lost = new AbortController();
  readonly #workMustEnd = sharedAbort();
  readonly #expiringAfterMs: number;
  readonly #lostAfterMs: number;
  #health: 'held' | 'unknown' | 'lost' = 'held';
  #retired = false;
  #anchor: ClockReading;
  #timer: Timer;
  #end!: () => void;
  readonly ended = new Promise<void>((resolve) => {
    this.#end = resolve;
  });

  constructor(
    readonly exchange: ExchangeIdentity,
    readonly ref: ClaimRef,
    private readonly clock: Clock,
    times: LeaseTimes,
    sentAt: ClockReading,
    private readonly giveBack: () => Promise<void>,
    /** Told after every proof how long it holds, and `null` when the claim has ended. */
    private readonly onProof: (remainingMs: number | null) => void = () => undefined,
  ) {
    this.#anchor = sentAt;
    this.#lostAfterMs = provenMs(times);
    this.#expiringAfterMs = Math.min(Math.floor((times.leaseTtlMs * 2) / 3), this.#lostAfterMs);
    this.#timer = this.#watch();
    this.onProof(this.remainingMs());
  }

  get claimId(): string {
    return this.ref.claimId;
  }

  get fencingToken(): number {
    return this.ref.fencingToken;
  }

  get health(): 'held' | 'unknown' | 'lost' {
    this.#look();
    return this.#retired ? 'lost' : this.#health;
  }

  /** True from the moment its release is about to be sent. */
  get isRetired(): boolean {
    return this.#retired;
  }

  get signal(): AbortSignal {
    return this.#workMustEnd.signal;
  }

  /** Aborted with a `LeaseLostError` when the claim is lost or its deadline has passed, and never otherwise. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get expiring(): AbortSignal {
    return this.#expiring.signal;
  }

  get deadline(): Date {
    return new Date(this.clock.read().wallMs + this.remainingMs());
  }

  remainingMs(): number {
    return this.#retired || this.#health === 'lost'
      ? 0
      : Math.max(0, this.#lostAfterMs - this.#unrenewedMs());
  }

  assertHeld(): void {
    this.#look();
    if (this.signal.aborted) throw this.signal.reason;
    if (this.#retired || this.#health === 'lost') throw this.#givenBack();
  }

  release(): Promise<void> {
    return this.giveBack();
  }

  /** A renewal sent at `sentAt` succeeded. False when that is too late to count: a demoted lease is never revived. */
  extend(sentAt: ClockReading): boolean {
    this.#look();
    if (this.#retired || this.#health === 'lost') return false;
    this.#anchor = sentAt;
    this.#health = 'held';
    this.onProof(this.remainingMs());
    return true;
  }

  /** A renewal got no usable answer: the deadline decides. */
  doubt(): void {
    if (this.#health === 'held') this.#health = 'unknown';
  }

  /** The claim is gone: aborts the work. */
  lose(reason: LossReason): void {
    if (this.#retired) return this.close();
    if (!this.#finish()) return;
    const error = new LeaseLostError(this.exchange, reason);
    this.#lost.abort(error);
    this.#workMustEnd.abort(error);
    this.#expiring.abort(error);
    this.#end();
  }

  /** The claim is about to be given back, and there is nobody to stop the work but its own look at the signal. */
  endWork(): void {
    this.#workMustEnd.abort(this.#givenBack());
  }

  /** The claim is about to be given back: it proves nothing any more, and can no longer be lost. */
  retire(): void {
    this.#retired = true;
    this.#timer.cancel();
    this.onProof(null);
  }

  /** The claim was given back after its work had ended; nothing is aborted. */
  close(): void {
    if (this.#finish()) this.#end();
  }

  #givenBack(): LeaseLostError {
    return new LeaseLostError(this.exchange, { kind: 'taken', cause: 'released', holder: null });
  }

  #finish(): boolean {
    if (this.#health === 'lost') return false;
    this.#health = 'lost';
    this.#timer.cancel();
    this.onProof(null);
    return true;
  }

  #unrenewedMs(): number {
    return elapsedMs(this.#anchor, this.clock.read());
  }

  /** Compares the clocks with both limits, and acts on what has passed. */
  #look(): void {
    if (this.#retired || this.#health === 'lost') return;
    const unrenewedMs = this.#unrenewedMs();
    if (unrenewedMs >= this.#lostAfterMs) {
      this.lose({ kind: 'unproven', unrenewedMs });
    } else if (unrenewedMs >= this.#expiringAfterMs && !this.#expiring.signal.aborted) {
      this.#expiring.abort(new LeaseLostError(this.exchange, { kind: 'unproven', unrenewedMs }));
    }
  }

  #watch(): Timer {
    const unrenewedMs = this.#unrenewedMs();
    const limitMs = unrenewedMs < this.#expiringAfterMs ? this.#expiringAfterMs : this.#lostAfterMs;
    return this.clock.setTimer(Math.min(Math.max(0, limitMs - unrenewedMs), LONGEST_LOOK_MS), () => {
      this.#look();
      if (this.#health !== 'lost') this.#timer = this.#watch();
    });
  }
}
