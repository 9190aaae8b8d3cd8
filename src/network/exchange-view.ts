/** How an exchange stands in the whole network, as shown to operators and viewers. */
import type { CatalogueEntry } from '../exchange/catalogue';
import type { ReadOutcome } from '../registry/lease-store';

export interface ExchangeView {
  readonly id: number;
  readonly name: string;
  readonly displayName: string;
  /** `unreadable`: something that is no status blocks the exchange; `problem` says what. */
  readonly presence: 'held' | 'offline' | 'unreadable';
  /** The holder's published status: whole, or as far as an older or newer program's can be understood. */
  readonly status: Readonly<Record<string, unknown>> | null;
  readonly problem: string | null;
  /**
   * Milliseconds since the holder's last heartbeat: the holder's clock against that of Redis, so it is as wrong
   * as they differ.
   */
  readonly heartbeatAgeMs: number | null;
  /** Milliseconds until the claim would expire if nobody renewed it; `null` if it never does. */
  readonly expiresInMs: number | null;
  /**
   * What `revoke` compares: the holder's token, or, where nobody readable holds, the last one handed out. `null` where there is
   * none; revoke without one then.
   */
  readonly fencingToken: number | null;
}

type Read = Extract<ReadOutcome, { outcome: 'read' }>;

export function viewOf({ id, name, displayName }: CatalogueEntry, read: Read): ExchangeView {
  const offline = {
    id,
    name,
    displayName,
    presence: 'offline' as const,
    status: null,
    problem: null,
    heartbeatAgeMs: null,
    expiresInMs: null,
    fencingToken: read.fencingToken,
  };
  if (read.holder === null) return offline;
  const { reading } = read.holder;
  const expiresInMs = read.holder.expiresInMs || null;
  if (reading.kind === 'garbage') {
    return { ...offline, presence: 'unreadable', problem: reading.problem, expiresInMs };
  }
  const status = reading.kind === 'status' ? reading.status : reading.holder;
  const beatAt = Date.parse(status.lastHeartbeat ?? '');
  const heartbeatAgeMs = Number.isNaN(beatAt) ? null : Math.max(0, Math.round(read.storeTimeMs - beatAt));
  const fencingToken = status.fencingToken ?? null;
  return { ...offline, presence: 'held', status, heartbeatAgeMs, expiresInMs, fencingToken };
}
