/** What can go wrong with owning an exchange. One class per failure. */
import { ExchangeError } from '../errors';
import type { ExchangeIdentity } from './exchange-identity';
import type { HolderView } from './lease-store';

/** Thrown when the store did not answer, or answered that it cannot serve: what was asked may or may not have happened. */
export class StoreUnavailableError extends ExchangeError {
  readonly code = 'STORE_UNAVAILABLE';

  constructor(
    readonly operation: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(
      `Redis gave no usable answer to ${operation}: ${reason}. Whether it was done is not known; check that Redis is up and reachable.`,
      options,
    );
  }

  override get details() {
    return { operation: this.operation, reason: this.reason };
  }
}

/** Thrown when a claim is refused because another instance holds the exchange. */
export class ExchangeTakenError extends ExchangeError {
  readonly code = 'EXCHANGE_TAKEN';

  constructor(
    readonly exchange: ExchangeIdentity,
    readonly holder: HolderView,
  ) {
    super(
      `Exchange ${exchange.name} (id ${exchange.id}) is held by ${describeHolder(holder)}. ` +
        `Stop that instance, wait for it, or start this one as a standby.`,
    );
  }

  override get details() {
    return { exchange: this.exchange.name, holder: holderDetails(this.holder) };
  }
}

/** One line that tells a person whom to look for. */
export function describeHolder({ reading, expiresInMs }: HolderView): string {
  const expiry = `its claim expires in ${(expiresInMs / 1000).toFixed(1)} s unless renewed`;
  if (reading.kind === 'garbage') return `something that is not an instance (${reading.problem}); ${expiry}`;
  const it = reading.kind === 'status' ? reading.status : reading.holder;
  return (
    `instance ${it.instanceId} on host ${it.hostname ?? 'unknown'} (IP ${it.ipAddress ?? 'unknown'}, ` +
    `pid ${it.pid ?? 'unknown'}), state ${it.connectionState ?? 'unknown'}, registered ${it.registeredAt ?? 'unknown'}, ` +
    `connected ${it.connectedAt ?? 'not yet'}; ${expiry}`
  );
}

/** The same for a machine. */
export function holderDetails({ reading, expiresInMs }: HolderView): Readonly<Record<string, unknown>> {
  if (reading.kind === 'garbage') return { problem: reading.problem, expiresInMs };
  const it = reading.kind === 'status' ? reading.status : reading.holder;
  return {
    instanceId: it.instanceId,
    hostname: it.hostname ?? null,
    ipAddress: it.ipAddress ?? null,
    pid: it.pid ?? null,
    connectionState: it.connectionState ?? null,
    registeredAt: it.registeredAt ?? null,
    connectedAt: it.connectedAt ?? null,
    lastHeartbeat: it.lastHeartbeat ?? null,
    fencingToken: it.fencingToken ?? null,
    expiresInMs,
  };
}
