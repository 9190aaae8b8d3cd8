/** Until when each claim can be proven, worked out again from what was sent and answered: nobody acts after that. */
import type { RegistryAdapters } from '../../../src/registry/adapters';
import type { RegistrySettings } from '../../../src/registry/registry.options';
import type { Verdict } from '../violation';

export class ProofCheck {
  /** When each claim was first sent, by its `claimId`. */
  readonly #sentAtMs = new Map<string, number>();
  /** By token; the first moment at which it proves nothing any more. */
  readonly #provenUntilMs = new Map<number, number>();

  constructor(
    private readonly time: { readonly nowMs: number },
    private readonly settings: Pick<RegistrySettings, 'leaseTtlMs' | 'safetyMarginMs'>,
    private readonly verdict: Verdict,
    /** As finely as the clocks of a process tell that it was asleep. */
    private readonly slackMs = 0,
  ) {}

  /** The ports, overheard. */
  listen(adapters: RegistryAdapters): RegistryAdapters {
    const { store } = adapters;
    const claim: typeof store.claim = async (request) => {
      const sentAtMs = this.#sentAtMs.get(request.claimId) ?? this.time.nowMs;
      this.#sentAtMs.set(request.claimId, sentAtMs);
      const outcome = await store.claim(request);
      if (outcome.outcome === 'claimed') this.#proven(outcome.fencingToken, sentAtMs);
      return outcome;
    };
    const renew: typeof store.renew = async (requests) => {
      const sentAtMs = this.time.nowMs;
      const outcomes = await store.renew(requests);
      requests.forEach(({ fencingToken }, at) => {
        if (outcomes[at]?.outcome === 'renewed') this.#proven(fencingToken, sentAtMs);
      });
      return outcomes;
    };
    return { ...adapters, store: { ...store, claim, renew } };
  }

  acted(name: string, token: number): void {
    const provenUntilMs = this.#provenUntilMs.get(token) ?? Number.NEGATIVE_INFINITY;
    if (this.time.nowMs < provenUntilMs + this.slackMs) return;
    this.verdict.fail('deadline', `${name} acted ${this.time.nowMs - provenUntilMs} ms after its deadline`);
  }

  #proven(token: number, sentAtMs: number): void {
    const { leaseTtlMs, safetyMarginMs } = this.settings;
    const known = this.#provenUntilMs.get(token) ?? 0;
    this.#provenUntilMs.set(token, Math.max(known, sentAtMs + leaseTtlMs - safetyMarginMs));
  }
}
