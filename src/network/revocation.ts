/**
 * An operator's forced release of an exchange.
 *
 * Decides nothing about whether the holder is dead: that is the operator's word. A holder that lives finds out at its next
 * heartbeat and stops; until then the next claim is kept waiting, unless the operator asserts that it is dead.
 */
import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock';
import { ActivityType, type ActivityEvent } from '../registry/activity';
import type { ExchangeIdentity } from '../registry/exchange-identity';
import { InstanceRegistry } from '../registry/instance-registry';
import type { LeaseStore } from '../registry/lease-store';
import { holderDetails } from '../registry/registry.errors';
import type { RegistrySettings } from '../registry/registry.options';
import { CLOCK, LEASE_STORE, REGISTRY_SETTINGS } from '../registry/registry.tokens';
import { ExchangeDirectory } from './exchange-directory';
import { ExchangeOfflineError, TokenMismatchError } from './network.errors';

export interface RevocationRequest {
  readonly actor: string;
  readonly reason: string;
  /** The token the operator saw; `null` revokes whoever holds. */
  readonly fencingToken: number | null;
  readonly holderIsDead: boolean;
}

export interface RevocationReport {
  readonly exchange: string;
  readonly revoked: Readonly<Record<string, unknown>>;
  /** How long the next claim has to wait, milliseconds. */
  readonly claimableInMs: number;
}

@Injectable()
export class Revocation {
  constructor(
    private readonly directory: ExchangeDirectory,
    private readonly registry: InstanceRegistry,
    @Inject(LEASE_STORE) private readonly store: LeaseStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(REGISTRY_SETTINGS)
    private readonly settings: Pick<RegistrySettings, 'leaseTtlMs' | 'emptyStoreGrace'>,
  ) {}

  /**
   * Rejects with `UnknownExchangeError`, `ExchangeOfflineError`, `TokenMismatchError` (nothing was revoked), and with
   * `StoreUnavailableError` when it is not known whether it was.
   */
  async revoke(name: string, request: RevocationRequest): Promise<RevocationReport> {
    const exchange = this.directory.entry(name);
    const event = this.#eventOf(exchange, request);
    const outcome = await this.store.revoke({
      exchangeId: exchange.id,
      instanceId: event.instanceId,
      fencingToken: request.fencingToken,
      holderIsDead: request.holderIsDead,
      ttlMs: this.settings.leaseTtlMs,
      emptyStoreGrace: this.settings.emptyStoreGrace,
      events: [event],
    });
    switch (outcome.outcome) {
      case 'revoked': {
        const { holder, claimableInMs } = outcome;
        return { exchange: name, revoked: holderDetails(holder), claimableInMs };
      }
      case 'token-mismatch':
        throw new TokenMismatchError(exchange, request.fencingToken, outcome.fencingToken, outcome.holder);
      case 'not-held':
        throw new ExchangeOfflineError(exchange);
      case 'unknown':
        throw outcome.error;
    }
  }

  /**
   * Each revocation writes under a name of its own, as a sequence of one: the event is in the log if and only if the
   * claim was revoked, and the sequence of this instance, which may hold this very exchange, is left alone.
   */
  #eventOf(exchange: ExchangeIdentity, { actor, reason, holderIsDead }: RevocationRequest): ActivityEvent {
    return {
      type: ActivityType.Revoked,
      at: new Date(this.clock.read().wallMs).toISOString(),
      exchangeId: exchange.id,
      exchangeName: exchange.name,
      instanceId: `${this.registry.instanceId}/revoke/${randomUUID()}`,
      seq: 1,
      claimId: null,
      fencingToken: null,
      actor,
      cause: reason,
      data: { revokedBy: this.registry.instanceId, holderIsDead },
    };
  }
}
