/**
 * The world that memory adapters share: one store, in this process, with the faults of a real one to switch on.
 *
 * Decides what the store remembers, what time it is there, and whether it answers. Does not survive the process,
 * does not exclude other processes, and does not reorder requests: it is for tests, the users' tests included.
 *
 *     const world = new MemoryStore(clock);
 *     const one = new MemoryLeaseStore(world);
 *     const two = new MemoryLeaseStore(world); // a second instance on the same store
 */
import { elapsedMs, type Clock, type ClockReading } from '../../clock';
import { StoreUnavailableError } from '../registry.errors';
import { MemoryExchange } from './memory-exchange';

export class MemoryStore {
  /** False: nothing is answered and nothing happens. */
  private answering = true;
  /** Identity of this life of the store; changes when it restarts. */
  private life = 1;
  private startedAtMs = Number.NEGATIVE_INFINITY;
  private readonly epoch: ClockReading;
  private readonly exchanges = new Map<number, MemoryExchange>();
  /** Added to the store's clock: set it to make that clock jump against the instance's. */
  skewMs = 0;

  constructor(private readonly clock: Clock) {
    this.epoch = clock.read();
  }

  /** The store's own clock, Unix ms. It is another machine's: setting the instance's wall clock does not move it. */
  get nowMs(): number {
    const now = this.clock.read();
    const wallStill = { ...now, wallMs: this.epoch.wallMs };
    return Math.floor(this.epoch.wallMs + elapsedMs(this.epoch, wallStill) + this.skewMs);
  }

  get runId(): string {
    return `life-${this.life}`;
  }

  /** How long this life of the store has lasted; for ever, until it is first restarted. Negative: its clock was set back since. */
  get uptimeMs(): number {
    return this.nowMs - this.startedAtMs;
  }

  get down(): boolean {
    return !this.answering;
  }

  /** While true every operation of every adapter on this world answers `unknown` and does nothing. */
  set down(down: boolean) {
    this.answering = !down;
    for (const exchange of this.exchanges.values()) {
      exchange.activity.wake();
      exchange.commands.wake();
    }
  }

  /** A restart that kept its data: a new identity, a new uptime. */
  restart(): void {
    this.life += 1;
    this.startedAtMs = this.nowMs;
  }

  /** A restart that lost all its data. */
  forget(): void {
    for (const exchange of this.exchanges.values()) exchange.forget();
    this.restart();
  }

  /** Puts any text under the status key of an exchange, as an outsider may. `ttlMs` null: it never expires. */
  putStatus(exchangeId: number, text: string, ttlMs: number | null): void {
    const expiresAtMs = ttlMs === null ? null : this.nowMs + ttlMs;
    this.exchange(exchangeId).status = { kind: 'text', text, expiresAtMs };
  }

  /** Puts a value of another type there. */
  putOtherType(exchangeId: number, type: string, ttlMs: number | null): void {
    const expiresAtMs = ttlMs === null ? null : this.nowMs + ttlMs;
    this.exchange(exchangeId).status = { kind: 'other', type, expiresAtMs };
  }

  /** Deletes the status key, as if it had expired. */
  dropStatus(exchangeId: number): void {
    this.exchange(exchangeId).status = null;
  }

  /** Deletes the fence, or makes it unreadable, which is the same. */
  dropFence(exchangeId: number): void {
    const exchange = this.exchange(exchangeId);
    exchange.fence = null;
    exchange.waiting = null;
  }

  /** What is kept of an exchange; made on first use. */
  exchange(exchangeId: number): MemoryExchange {
    const known = this.exchanges.get(exchangeId);
    if (known !== undefined) return known;
    const made = new MemoryExchange(() => this.nowMs);
    this.exchanges.set(exchangeId, made);
    return made;
  }

  /** Throws while the store does not answer. */
  assertUp(operation: string): void {
    if (this.down) throw new StoreUnavailableError(operation, 'the memory store is switched off');
  }
}
