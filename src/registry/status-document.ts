/**
 * The status of one claim as it will be published next.
 *
 * Every composed version has a higher revision than the one before, so that one delivered late changes nothing.
 */
import type { Snapshot } from '../state-machine/transition';
import type { ExchangeIdentity } from './exchange-identity';
import { STATUS_SCHEMA_VERSION, type ExchangeStatus } from './exchange-status';
import type { Instance } from './instance';

/** What the application may say of itself; kept from one claim to the next. */
export type Profile = Pick<ExchangeStatus, 'ipAddress' | 'adminEmail' | 'adminDisplayName' | 'symbolCount'>;

/** Fields that change during a claim. */
export type StatusPatch = Partial<Profile & Pick<ExchangeStatus, 'startup' | 'lastError' | 'lastErrorAt'>>;

/** The part of the status that mirrors the state machine. */
export function machineFields(snapshot: Snapshot, fallbackAt: string) {
  return {
    connectionState: snapshot.state,
    isPaused: snapshot.isPaused,
    connectedAt: snapshot.connectedAt,
    lastStateChange: snapshot.changedAt ?? fallbackAt,
  };
}

export class StatusDocument {
  #fields: Omit<ExchangeStatus, 'fencingToken'>;

  constructor(exchange: ExchangeIdentity, instance: Instance, profile: Profile, claimId: string, at: string) {
    this.#fields = {
      schemaVersion: STATUS_SCHEMA_VERSION,
      instanceId: instance.instanceId,
      claimId,
      exchangeId: exchange.id,
      exchangeName: exchange.name,
      hostname: instance.hostname,
      pid: instance.pid,
      appVersion: instance.appVersion,
      ...profile,
      connectionState: 'idle',
      isPaused: false,
      registeredAt: at,
      connectedAt: null,
      lastHeartbeat: at,
      lastStateChange: at,
      lastError: null,
      lastErrorAt: null,
      revision: 0,
      process: instance.process,
      startup: null,
    };
  }

  /** The next version to send, without the token (a claim does not have it yet). */
  next(): Omit<ExchangeStatus, 'fencingToken'> {
    this.#fields = { ...this.#fields, revision: this.#fields.revision + 1 };
    return this.#fields;
  }

  /** The last version, as it is or will be published. */
  current(): Omit<ExchangeStatus, 'fencingToken'> {
    return this.#fields;
  }

  patch(patch: StatusPatch): void {
    this.#fields = { ...this.#fields, ...patch };
  }

  heartbeat(at: string): void {
    this.#fields = { ...this.#fields, lastHeartbeat: at };
  }

  mirror(snapshot: Snapshot): void {
    this.#fields = { ...this.#fields, ...machineFields(snapshot, this.#fields.lastStateChange) };
  }
}
