/** What the contract suite needs of an adapter beside its ports: a look, and an outsider's hand, at what is stored. */
import type { ActivityLog } from '../../../src/registry/activity-log';
import type { CommandQueue } from '../../../src/registry/command-queue';
import type { FencedWriter } from '../../../src/registry/fenced-writer';
import type { LeaseStore } from '../../../src/registry/lease-store';

export interface StoreWorld {
  readonly store: LeaseStore;
  readonly log: ActivityLog;
  readonly queue: CommandQueue;
  readonly writer: FencedWriter;
  /** The text under the status key of exchange 1; `null` without one. */
  readonly statusText: () => Promise<string | null>;
  /** Milliseconds left of it; `null` without a key, Infinity without a TTL. */
  readonly statusTtlMs: () => Promise<number | null>;
  readonly putStatus: (text: string, ttlMs: number | null) => Promise<void>;
  readonly putOtherType: (ttlMs: number | null) => Promise<void>;
  /** The status key disappears, as if it had expired. */
  readonly dropStatus: () => Promise<void>;
  readonly dropFence: () => Promise<void>;
  /** An outsider's fence, which has claims wait until `untilMs` on the store's clock. */
  readonly putFence: (fence: PutFence) => Promise<void>;
  /** The store's clock, Unix ms. */
  readonly nowMs: () => Promise<number>;
  /** The store's clock goes, and is ahead of the real one by this much from now on, or behind. */
  readonly shiftClock: (offsetMs: number) => void;
  /** The store's clock stands still, in the first microsecond of the millisecond it resolves with; only `pass` moves it. */
  readonly stopClock: () => Promise<number>;
  /** The store is another one now, with the same data. */
  readonly changeIdentity: () => Promise<void>;
  /** The store restarts without its data. */
  readonly loseMemory: () => Promise<void>;
  /** Resolves when the store's clock has advanced by this much. */
  readonly pass: (ms: number) => Promise<void>;
}

export interface PutFence {
  readonly ended: 'released' | 'revoked' | 'waiting';
  readonly untilMs: number;
  readonly fencingToken?: number;
}

/** How a test reaches the world of its own. */
export type WorldOf = () => StoreWorld;
