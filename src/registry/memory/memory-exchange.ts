/**
 * What the memory store keeps of one exchange, and the questions asked about it. The rules for using it are in
 * memory-lease-store.ts; they mirror those of the Redis scripts.
 */
import type { ActivityEntry, ActivityEvent, Predecessor } from '../activity';
import type { Command } from '../command-queue';
import { readStatus } from '../exchange-status';
import type { HolderView } from '../lease-store';
import { readOwner, type StatusOwner } from '../status-text';
import { MemoryStream } from './memory-stream';

/** What is under the status key. `expiresAtMs` is `null` without a TTL. */
export type StoredValue =
  | { readonly kind: 'text'; readonly text: string; readonly expiresAtMs: number | null }
  | { readonly kind: 'other'; readonly type: string; readonly expiresAtMs: number | null };

/** The memory of the last claim: it never expires. */
export interface Fence {
  readonly fencingToken: number;
  readonly claimId: string;
  readonly ended: 'held' | 'released' | 'revoked' | 'waiting';
  /** Claims are deferred until then; 0 for none. */
  readonly untilMs: number;
  /** The life of the store that wrote it. */
  readonly runId: string;
  readonly instanceId: string;
}

/** What a queue entry keeps: the command, and when its time is over. */
export interface StoredCommand {
  readonly command: Command;
  readonly expiresAtMs: number;
}

/** Events kept per exchange, as in Redis. */
const MAX_EVENTS = 50_000;

export class MemoryExchange {
  private value: StoredValue | null = null;
  fence: Fence | null = null;
  /** Without a fence, until when claims wait in that life of the store, if its clock was set back behind its start. */
  waiting: Pick<Fence, 'untilMs' | 'runId'> | null = null;
  activity = new MemoryStream<Omit<ActivityEntry, 'id'>>();
  commands = new MemoryStream<StoredCommand>();
  /** Who took which command, and until when that is remembered. */
  readonly takers = new Map<string, { readonly taker: string; readonly untilMs: number }>();
  readonly series = new Map<string, Map<string, number>>();
  readonly values = new Map<string, string>();
  private readonly loggedSeqs = new Map<string, number>();

  constructor(private readonly nowMs: () => number) {}

  /** The value under the status key, unless it has expired. */
  get status(): StoredValue | null {
    const expiresAtMs = this.value?.expiresAtMs ?? null;
    if (expiresAtMs !== null && expiresAtMs <= this.nowMs()) this.value = null;
    return this.value;
  }

  set status(value: StoredValue | null) {
    this.value = value;
  }

  setText(text: string, ttlMs: number): void {
    this.value = { kind: 'text', text, expiresAtMs: this.nowMs() + ttlMs };
  }

  setTtl(ttlMs: number): void {
    if (this.value !== null) this.value = { ...this.value, expiresAtMs: this.nowMs() + ttlMs };
  }

  /** Milliseconds left; `null` without a key or without a TTL. */
  get ttlMs(): number | null {
    const expiresAtMs = this.status?.expiresAtMs ?? null;
    return expiresAtMs === null ? null : expiresAtMs - this.nowMs();
  }

  get owner(): StatusOwner | null {
    const value = this.status;
    return value?.kind === 'text' ? readOwner(value.text) : null;
  }

  get holder(): HolderView | null {
    const value = this.status;
    if (value === null) return null;
    const expiresInMs = this.ttlMs ?? 0;
    if (value.kind === 'text') return { reading: readStatus(value.text), expiresInMs };
    return {
      reading: { kind: 'garbage', problem: `a value of type ${value.type}, not a string` },
      expiresInMs,
    };
  }

  loggedSeq(instanceId: string): number {
    return this.loggedSeqs.get(instanceId) ?? 0;
  }

  /** Appends what is not yet in the log; `stamp` goes onto the last of `events`. Returns the position reached. */
  append(instanceId: string, events: readonly ActivityEvent[], stamp?: EventStamp): number {
    for (const event of events) {
      if (event.seq <= this.loggedSeq(instanceId)) continue;
      const isLast = event === events.at(-1);
      this.activity.append(this.nowMs(), isLast && stamp ? { ...event, ...stamp } : event);
      this.loggedSeqs.set(instanceId, event.seq);
    }
    const oldest = this.activity.entries[0];
    if (oldest !== undefined && this.activity.entries.length > MAX_EVENTS) this.activity.remove(oldest.id);
    return this.loggedSeq(instanceId);
  }

  /** As if the store had lost everything about this exchange. Followers stay. */
  forget(): void {
    this.value = null;
    this.fence = null;
    this.waiting = null;
    this.activity.clear();
    this.commands.clear();
    this.takers.clear();
    this.series.clear();
    this.values.clear();
    this.loggedSeqs.clear();
  }
}

/** What only the store knows of an event at the time it is appended. */
export interface EventStamp {
  readonly fencingToken: number;
  readonly predecessor: Predecessor | null;
}
