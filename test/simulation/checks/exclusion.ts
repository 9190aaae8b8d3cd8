/**
 * At most one instance works, and at most one believes that it may.
 *
 * A claim that somebody robbed from outside the promise (the key deleted by an outsider, a holder declared dead that was
 * not) may go on believing for a while; then only the fences protect. Everything else is strict: when a claim is
 * granted nobody else can prove one, and a claim does not act after a later one was granted.
 */
import type { SimulatedProcess } from '../simulated-process';
import type { Trace } from '../trace';
import type { Verdict } from '../violation';

interface Grant {
  readonly claimId: string;
  readonly instanceId: string;
  readonly token: number;
  isRobbed: boolean;
  isReleased: boolean;
}

export class ExclusionCheck {
  readonly #grants = new Map<string, Grant>();
  readonly #byToken = new Map<number, Grant>();
  #latest: Grant | null = null;
  #highestSeries = 0;
  /** The store has forgotten a fence, at least once. */
  #hasForgotten = false;
  readonly #putBack = new Set<string>();
  grants = 0;
  acts = 0;

  constructor(
    private readonly processes: () => readonly SimulatedProcess[],
    private readonly verdict: Verdict,
    private readonly trace: Trace,
  ) {}

  granted(claimId: string, instanceId: string, token: number): void {
    this.grants += 1;
    this.trace.add('store', 'grants', `${this.#name(claimId)} token ${token}`);
    const highest = this.#latest?.token ?? 0;
    if (token <= highest) this.verdict.fail('token growth', `${token} was granted after ${highest}`);
    for (const { name, parts } of this.#believers(claimId))
      this.verdict.fail(
        'exclusion',
        `${this.#name(claimId)} was granted while ${name} could prove ${this.#name(parts.registry.lease?.claimId ?? '')} ` +
          `for ${parts.registry.lease?.remainingMs().toFixed(3)} ms more`,
      );
    const grant = { claimId, instanceId, token, isRobbed: false, isReleased: false };
    this.#grants.set(claimId, grant);
    this.#byToken.set(token, grant);
    this.#latest = grant;
  }

  /**
   * Of a store without a memory a late renewal may get a former claim back for one TTL: nobody may act under it, and whoever does
   * is found by that (docs/reliability.md, Model).
   */
  renewed(claimId: string, isPutBack: boolean): void {
    if (isPutBack && this.#hasForgotten) this.#putBack.add(claimId);
    const grant = this.#grants.get(claimId);
    if (grant === undefined) return;
    if (grant !== this.#latest && !grant.isRobbed && !this.#putBack.has(claimId))
      this.verdict.fail('exclusion', `${this.#name(claimId)} was renewed after a later claim was granted`);
    if (grant === this.#latest) grant.isRobbed = false;
  }

  released(claimId: string): void {
    const grant = this.#grants.get(claimId);
    if (grant !== undefined) grant.isReleased = true;
  }

  acted(name: string, token: number): void {
    this.acts += 1;
    this.trace.add(name, 'acts', `token ${token}`);
    const grant = this.#byToken.get(token);
    if (grant === undefined)
      return this.verdict.fail('exclusion', `${name} acted under token ${token}, never granted`);
    if (grant.isReleased) this.verdict.fail('release order', `${name} acted after its claim was given back`);
    if (grant !== this.#latest && !grant.isRobbed)
      this.verdict.fail(
        'exclusion',
        `${name} acted under ${this.#name(grant.claimId)} after ${this.#name(this.#latest?.claimId ?? '')} was granted`,
      );
  }

  wroteSeries(token: number): void {
    if (token < this.#highestSeries)
      this.verdict.fail(
        'fencing',
        `the store accepted a write under ${token} after one under ${this.#highestSeries}`,
      );
    this.#highestSeries = Math.max(this.#highestSeries, token);
  }

  /** What was written is gone, and with it the memory of who wrote it; or it is that of an earlier time, when this claim held. */
  fenceLost(heldThen: string | null = null): void {
    this.#hasForgotten = true;
    if (heldThen !== null) this.#putBack.add(heldThen);
    this.#highestSeries = 0;
  }

  /** Somebody outside the promise freed the exchange: whoever believes to hold it will find out, but later. */
  robbed(): void {
    for (const { parts } of this.processes()) {
      const grant = this.#grants.get(parts.registry.lease?.claimId ?? '');
      if (grant !== undefined) grant.isRobbed = true;
    }
    if (this.#latest !== null) this.#latest.isRobbed = true;
  }

  #believers(claimId: string): SimulatedProcess[] {
    return this.processes().filter(({ parts, execution }) => {
      const { lease } = parts.registry;
      if (lease === null || execution.isDead || lease.claimId === claimId) return false;
      const grant = this.#grants.get(lease.claimId);
      return lease.remainingMs() > 0 && grant?.isRobbed !== true && grant?.isReleased !== true;
    });
  }

  #name(claimId: string): string {
    return this.trace.name('claim-', claimId);
  }
}
