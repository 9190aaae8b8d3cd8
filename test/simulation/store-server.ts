/**
 * The store of a simulated world: the memory store on a machine of its own, and the place where everything that happens to
 * it is seen, by the checks and by those who follow its streams.
 */
import type { Clock } from '../../src/clock';
import type { ActivityEntry } from '../../src/registry/activity';
import type { ClaimOutcome, ClaimRequest, LeaseStore, RenewOutcome } from '../../src/registry/lease-store';
import {
  MemoryCommandQueue,
  MemoryFencedWriter,
  MemoryLeaseStore,
  MemoryStore,
} from '../../src/registry/memory';
import type { CommandQueue } from '../../src/registry/command-queue';
import type { FencedWriter } from '../../src/registry/fenced-writer';
import { readOwner } from '../../src/registry/status-text';

export const EXCHANGE = { id: 1, name: 'coinbase' };

/** Who wants to know what the store has done. All are told at the moment it is done. */
export interface StoreObserver {
  granted(claimId: string, instanceId: string, fencingToken: number): void;
  renewed(claimId: string, healed: boolean): void;
  released(claimId: string): void;
  /** `standing`: the claim under the status key by then. */
  appended(entry: ActivityEntry, standing: string | null): void;
  wroteSeries(fencingToken: number): void;
  /** A claim has to wait out a grace, a write to the data came too late. */
  refused?(what: 'claim' | 'series'): void;
  /** After everything that may have changed anything. */
  changed(): void;
}

/** The parts of the store that a planted bug may replace. */
export interface StoreParts {
  readonly leases: LeaseStore;
  readonly writer: FencedWriter;
}

export class StoreServer {
  readonly memory: MemoryStore;
  readonly #parts: StoreParts;
  readonly #commands: CommandQueue;
  readonly #seenClaims = new Set<string>();
  readonly #followers = new Set<(entry: ActivityEntry) => void>();
  #seenEntries = 0;

  constructor(
    time: Pick<Clock, 'read'>,
    private readonly observer: StoreObserver,
    plant: (memory: MemoryStore, parts: StoreParts) => StoreParts,
  ) {
    // It reads the time and never waits.
    const clock: Clock = { read: () => time.read(), setTimer: () => ({ cancel: () => undefined }) };
    this.memory = new MemoryStore(clock);
    const leases = new MemoryLeaseStore(this.memory);
    this.#parts = plant(this.memory, { leases, writer: new MemoryFencedWriter(this.memory) });
    this.#commands = new MemoryCommandQueue(this.memory);
  }

  get isDown(): boolean {
    return this.memory.down;
  }

  get exchange() {
    return this.memory.exchange(EXCHANGE.id);
  }

  get commands(): CommandQueue {
    return this.#commands;
  }

  get writer(): FencedWriter {
    return this.#parts.writer;
  }

  async claim(request: ClaimRequest): Promise<ClaimOutcome> {
    const outcome = await this.#parts.leases.claim(request);
    if (outcome.outcome === 'claimed') {
      const grant = `${request.claimId} ${outcome.fencingToken}`;
      if (!this.#seenClaims.has(grant)) {
        this.#seenClaims.add(grant);
        this.observer.granted(request.claimId, request.instanceId, outcome.fencingToken);
      }
    } else if (outcome.outcome === 'deferred') this.observer.refused?.('claim');
    return this.seen(outcome);
  }

  async renew(requests: Parameters<LeaseStore['renew']>[0]): Promise<RenewOutcome[]> {
    const outcomes = await this.#parts.leases.renew(requests);
    outcomes.forEach((outcome, i) => {
      const claimId = requests[i]?.claimId;
      if (claimId !== undefined && outcome.outcome === 'renewed')
        this.observer.renewed(claimId, outcome.healed);
    });
    return this.seen(outcomes);
  }

  async release(request: Parameters<LeaseStore['release']>[0]) {
    const outcome = await this.#parts.leases.release(request);
    if (outcome.outcome === 'released') this.observer.released(request.claimId);
    return this.seen(outcome);
  }

  async write(request: Parameters<LeaseStore['write']>[0]) {
    return this.seen(await this.#parts.leases.write(request));
  }

  async append(request: Parameters<LeaseStore['append']>[0]) {
    return this.seen(await this.#parts.leases.append(request));
  }

  async revoke(request: Parameters<LeaseStore['revoke']>[0]) {
    return this.seen(await this.#parts.leases.revoke(request));
  }

  async read(exchangeIds: readonly number[]) {
    return this.seen(await this.#parts.leases.read(exchangeIds));
  }

  async writeSeries(...[claim, commands]: Parameters<FencedWriter['write']>) {
    const outcome = await this.#parts.writer.write(claim, commands);
    if (outcome.outcome === 'written') this.observer.wroteSeries(claim.fencingToken);
    else this.observer.refused?.('series');
    return this.seen(outcome);
  }

  /** Calls `onEntry` for every entry from now on. Returns the way to stop it. */
  follow(onEntry: (entry: ActivityEntry) => void): () => void {
    this.#followers.add(onEntry);
    return () => this.#followers.delete(onEntry);
  }

  /** Everything is lost. */
  forget(): void {
    this.memory.forget();
    this.#seenEntries = 0;
  }

  #standing(): string | null {
    const { status } = this.exchange;
    return status?.kind === 'text' ? (readOwner(status.text)?.claimId ?? null) : null;
  }

  /** To be called after every change from outside, too. */
  seen<T>(outcome: T): T {
    const { entries } = this.exchange.activity;
    const standing = this.#seenEntries < entries.length ? this.#standing() : null;
    for (; this.#seenEntries < entries.length; this.#seenEntries += 1) {
      const added = entries[this.#seenEntries];
      if (added === undefined) break;
      const entry = { ...added.value, id: added.id };
      this.observer.appended(entry, standing);
      for (const onEntry of this.#followers) onEntry(entry);
    }
    this.observer.changed();
    return outcome;
  }
}
