/** What an operator sends to the store, as the network's side of the API would send it. */
import { ActivityType, type ActivityEvent } from '../../src/registry/activity';
import type { Command, CommandType } from '../../src/registry/command-queue';
import type { RevokeRequest } from '../../src/registry/lease-store';
import type { RegistrySettings } from '../../src/registry/registry.options';
import { EXCHANGE } from './store-server';

export const OPERATOR = { actor: 'operator', reason: 'simulated' };

const AT = new Date(0).toISOString();

/** For one claim only: a later holder does not obey it. */
export function commandFor(claimId: string, type: CommandType, commandId: string): Command {
  return { ...OPERATOR, commandId, type, claimId, sentBy: 'operator', sentAt: AT };
}

/** Of whoever holds. Each under a name of its own, as a sequence of one. */
export function revocation(
  id: number,
  { leaseTtlMs, emptyStoreGrace }: Pick<RegistrySettings, 'leaseTtlMs' | 'emptyStoreGrace'>,
  holderIsDead: boolean,
): RevokeRequest {
  const event: ActivityEvent = {
    type: ActivityType.Revoked,
    at: AT,
    exchangeId: EXCHANGE.id,
    exchangeName: EXCHANGE.name,
    seq: 1,
    claimId: null,
    fencingToken: null,
    instanceId: `operator/${id}`,
    actor: OPERATOR.actor,
    cause: OPERATOR.reason,
  };
  const { exchangeId, instanceId } = event;
  return {
    exchangeId,
    instanceId,
    fencingToken: null,
    ttlMs: leaseTtlMs,
    emptyStoreGrace,
    holderIsDead,
    events: [event],
  };
}
