/**
 * Port: where claims live. One implementation is Redis (redis/), one is memory (memory/); one contract suite runs
 * on both.
 *
 * Every operation is atomic and needs one round trip. Every operation has three kinds of outcome: surely yes,
 * surely no, and `unknown` (a lost connection, a timeout, READONLY, LOADING, CLUSTERDOWN, NOREPLICAS): the store
 * then may or may not have done it, or may do it later. Operations never reject for what the store does; they
 * resolve with `unknown`. Sending the same request again is always harmless.
 */
import type { ActivityEvent, Predecessor } from './activity';
import type { ExchangeStatus, StatusReading } from './exchange-status';

/** The claim a write is made under. */
export interface ClaimRef {
  readonly exchangeId: number;
  readonly instanceId: string;
  readonly claimId: string;
  readonly fencingToken: number;
}

/** The outcome that decides nothing. `error` is always a `StoreUnavailableError`. */
export interface Unknown {
  readonly outcome: 'unknown';
  readonly error: Error;
}

/** Who holds, and for how long its claim would last if nobody renewed it. */
export interface HolderView {
  readonly reading: StatusReading;
  /** Milliseconds until the claim would expire; 0 if it never does, which is an outsider's doing. */
  readonly expiresInMs: number;
}

export interface ClaimRequest {
  readonly exchangeId: number;
  readonly instanceId: string;
  /** Fresh and random for each claim; the same when the same claim is sent again. */
  readonly claimId: string;
  /** What to publish; the store puts the token in. */
  readonly status: Omit<ExchangeStatus, 'fencingToken'>;
  readonly ttlMs: number;
  /** Events to append on success, oldest first; the last one is the `claimed` event and gets token and predecessor. */
  readonly events: readonly ActivityEvent[];
  /**
   * A claim under which surely nothing runs any more, because its process is proven dead or it was an earlier claim of
   * this instance: if, and only if, the key still carries it, it is replaced. `null`: take only what is free.
   */
  readonly replaceDeadClaimId: string | null;
  /** Whether a store that may have lost its memory makes claims wait (see `deferred`). */
  readonly emptyStoreGrace: boolean;
  /** Replicas that must have the claim before it counts; 0 turns it off. */
  readonly waitReplicas: number;
  readonly waitTimeoutMs: number;
}

export type ClaimOutcome =
  | {
      readonly outcome: 'claimed';
      readonly claimId: string;
      readonly fencingToken: number;
      readonly predecessor: Predecessor | null;
      /** The store's clock, Unix ms. */
      readonly storeTimeMs: number;
      /** Replicas that confirmed, when `waitReplicas` asked for it. The caller releases a claim with too few. */
      readonly replicas: number;
      readonly loggedSeq: number;
    }
  | ({ readonly outcome: 'refused' } & HolderView)
  /**
   * Free, but not yet to be had: `empty-store` - a living holder may have been forgotten; `revoked` - the holder it
   * was taken from may still be working.
   */
  | {
      readonly outcome: 'deferred';
      readonly reason: 'empty-store' | 'revoked';
      readonly retryAfterMs: number;
    }
  /** The key had no TTL or is no string; it was given a TTL of `ttlMs` and disappears by itself. */
  | ({ readonly outcome: 'poisoned' } & HolderView)
  | Unknown;

export interface RenewRequest extends ClaimRef {
  readonly status: ExchangeStatus;
  readonly ttlMs: number;
  /**
   * When this claim expires unrenewed, Unix ms on the store's clock. Where the fence is gone too, the key is put back only until
   * then: a renewal that was on its way for longer is a ghost's.
   */
  readonly expiresAtMs: number;
}

export type LostCause = 'claimed-by-other' | 'revoked' | 'released' | 'expired';

/** The claim is surely gone. `holder` is who has it now, `null` when nobody has. */
export interface Lost {
  readonly outcome: 'lost';
  readonly cause: LostCause;
  readonly holder: HolderView | null;
  readonly loggedSeq: number;
}

export type RenewOutcome =
  | {
      readonly outcome: 'renewed';
      readonly storeTimeMs: number;
      /** The key was missing or overwritten with garbage and was put back: nobody had claimed since. */
      readonly healed: boolean;
      readonly loggedSeq: number;
    }
  | Lost
  | Unknown;

/** A status write that leaves the TTL alone: a transition (with its event) or a changed field (without). */
export interface WriteRequest extends ClaimRef {
  readonly status: ExchangeStatus;
  /** Given to a key that an outsider has stripped of its TTL. */
  readonly ttlMs: number;
  /** Appended in the same step, oldest first. */
  readonly events: readonly ActivityEvent[];
}

export type WriteOutcome =
  | { readonly outcome: 'written'; readonly storeTimeMs: number; readonly loggedSeq: number }
  /** The key is gone but nobody has claimed since: renew (which heals) and write again. */
  | { readonly outcome: 'missing'; readonly loggedSeq: number }
  | Lost
  | Unknown;

export interface ReleaseRequest extends ClaimRef {
  /** Appended only if the claim was released, oldest first. */
  readonly events: readonly ActivityEvent[];
}

export type ReleaseOutcome =
  | { readonly outcome: 'released'; readonly loggedSeq: number }
  /** It was not ours any more: nothing was deleted, and the events, which say that it was given back, were not appended. */
  | { readonly outcome: 'not-held'; readonly holder: HolderView | null; readonly loggedSeq: number }
  | Unknown;

export interface AppendRequest {
  readonly exchangeId: number;
  readonly instanceId: string;
  readonly events: readonly ActivityEvent[];
}

export type AppendOutcome = { readonly outcome: 'appended'; readonly loggedSeq: number } | Unknown;

export interface RevokeRequest {
  readonly exchangeId: number;
  /** The instance that carries the operator's request out. */
  readonly instanceId: string;
  /** The token the operator saw; `null` revokes whoever holds. */
  readonly fencingToken: number | null;
  /** The operator asserts that the holder is dead: the next claim need not wait out its deadline. */
  readonly holderIsDead: boolean;
  /** How long claims of this exchange last: waited out where what is under the key does not tell. */
  readonly ttlMs: number;
  /** Whether claims wait while the store may have forgotten a holder; a revocation then does not end that wait. */
  readonly emptyStoreGrace: boolean;
  /** Appended only when revoked; the last is the `revoked` event and gets the revoked claim as `predecessor`. */
  readonly events: readonly ActivityEvent[];
}

export type RevokeOutcome =
  | {
      readonly outcome: 'revoked';
      readonly holder: HolderView;
      /** How long the next claim has to wait. */
      readonly claimableInMs: number;
      readonly loggedSeq: number;
    }
  | { readonly outcome: 'token-mismatch'; readonly fencingToken: number | null; readonly holder: HolderView }
  | { readonly outcome: 'not-held' }
  | Unknown;

export type ReadOutcome =
  | {
      readonly outcome: 'read';
      /** `null`: nobody holds. */
      readonly holder: HolderView | null;
      /** The last token handed out; `null` before the first claim. */
      readonly fencingToken: number | null;
      readonly storeTimeMs: number;
    }
  | Unknown;

/**
 * What a store of claims can do. See the outcomes for what each operation promises.
 *
 * `loggedSeq` in an outcome tells how far the log has got: events of this instance for this exchange with `seq` up to and
 * including this number are in the stream. 0 when none is.
 */
export interface LeaseStore {
  /** Takes the exchange if it is free. A repeated request with the same `claimId` is the same claim. */
  claim(request: ClaimRequest): Promise<ClaimOutcome>;
  /** Pushes the expiry of each claim and rewrites its status, batched; one outcome per request, in order. */
  renew(requests: readonly RenewRequest[]): Promise<RenewOutcome[]>;
  /** Rewrites the status under the claim, keeping the TTL, and appends events: all or nothing. */
  write(request: WriteRequest): Promise<WriteOutcome>;
  /** Gives the exchange back if it is still held under this claim. */
  release(request: ReleaseRequest): Promise<ReleaseOutcome>;
  /** Appends events without holding anything. */
  append(request: AppendRequest): Promise<AppendOutcome>;
  /** Takes the exchange away from its holder. */
  revoke(request: RevokeRequest): Promise<RevokeOutcome>;
  /** Looks at each exchange, batched; one outcome per id, in order. */
  read(exchangeIds: readonly number[]): Promise<ReadOutcome[]>;
}
