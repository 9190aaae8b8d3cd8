/** A status key always has a TTL, and is gone one TTL after its holder was last heard of. */
import type { StoredValue } from '../../../src/registry/memory/memory-exchange';
import { readOwner, type StatusOwner } from '../../../src/registry/status-text';
import type { StoreServer } from '../store-server';
import type { Verdict } from '../violation';

export class StatusCheck {
  readonly #heardAtMs = new Map<string, number>();
  /** All of them: a store that is set back may show one again. */
  readonly #poisons = new Set<string>();
  #read: { text: string; owner: StatusOwner | null } = { text: '', owner: null };

  constructor(
    private readonly leaseTtlMs: number,
    private readonly safetyMarginMs: number,
    private readonly nowMs: () => number,
    private readonly verdict: Verdict,
  ) {}

  heard(claimId: string): void {
    this.#heardAtMs.set(claimId, this.nowMs());
  }

  /** An outsider has put this there without a TTL; it gets one from whoever meets it next. */
  poisoned(text: string): void {
    this.#poisons.add(text);
  }

  look({ exchange }: StoreServer): void {
    const { status, ttlMs } = exchange;
    if (status === null) return;
    const isPoison = status.kind === 'text' && this.#poisons.has(status.text);
    if (ttlMs === null) {
      if (!isPoison) this.verdict.fail('status TTL', 'the status key has no TTL');
      return;
    }
    const owner = this.#ownerOf(status);
    if (owner !== null && ttlMs > this.leaseTtlMs + this.safetyMarginMs)
      this.verdict.fail('status TTL', `the status key lasts ${ttlMs} ms, longer than a claim`);
    const heardAtMs = this.#heardAtMs.get(owner?.claimId ?? '');
    if (heardAtMs === undefined) return;
    const agoMs = this.nowMs() - heardAtMs;
    if (agoMs > this.leaseTtlMs + this.safetyMarginMs)
      this.verdict.fail('ghost', `the claim was last renewed ${agoMs.toFixed(0)} ms ago and is still there`);
  }

  /** Most looks find what the last one found. */
  #ownerOf(status: StoredValue): StatusOwner | null {
    if (status.kind !== 'text') return null;
    if (status.text !== this.#read.text) this.#read = { text: status.text, owner: readOwner(status.text) };
    return this.#read.owner;
  }
}
