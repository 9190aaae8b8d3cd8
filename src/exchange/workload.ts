/**
 * The port between an exchange's owner and the work it does there.
 *
 * A workload knows nothing of leases or the registry: it gets a signal, a token and a way to write, and
 * it must end when it is told to. Nothing here decides *whether* work may run.
 */
import type { CatalogueEntry } from './catalogue';
import type { FencedStore } from './fenced-store';

export type StartupPhase = 'connect' | 'backfill' | 'indicators';

/** Progress of starting and warming, as shown in the status. */
export interface StartupProgress {
  readonly phase: StartupPhase;
  /** 0 to 100, whole numbers. */
  readonly percent: number;
  /** Units done and to do; what a unit is depends on the phase (products, candles, indicators). */
  readonly current: number;
  readonly total: number;
  /** What is being worked on now, for a person: a product, an indicator. */
  readonly item: string | null;
}

/** Something an operator should see in the activity log. */
export interface WorkloadAlert {
  readonly name: string;
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** What the holder gives its workload. Valid for one tenure: a new claim brings a new context. */
export interface WorkloadContext {
  readonly exchange: CatalogueEntry;
  /** Greater than that of every earlier holder. A store of your own is to compare it; see `Workload.seal`. */
  readonly fencingToken: number;
  /** Aborted when the work must end *now*: the claim is lost, may be lost, or the stop limit has passed. */
  readonly signal: AbortSignal;
  /**
   * Throws when the claim can no longer be proven. Call it immediately before every effect on the outside
   * (an order, a subscription, a publication): after a blocked loop, pending work runs before any timer.
   */
  assertHeld(): void;
  /** Writes that are rejected in the store once a newer holder exists. */
  readonly store: FencedStore;
  /** Shows progress; cheap, may be called often (only the latest counts). */
  reportProgress(progress: StartupProgress): void;
  /** Number of symbols now being worked on. */
  setSymbolCount(count: number): void;
  /** Puts an alert into the activity log. Never throws. */
  raiseAlert(alert: WorkloadAlert): void;
  /** Records a failure the workload survives (a gap, a 429, a reconnect), visible to the operator. Never throws. */
  recordError(error: unknown): void;
}

/**
 * One run of work on one exchange: `seal` (if it has that), then `start`, then `warmUp`, then `run`, then `stop`. A workload
 * object is used for one tenure only; the factory makes a new one for the next.
 */
export interface Workload {
  /**
   * For work that writes to a store of its own: makes that store refuse every token below this one from now on. Called first (state
   * `starting`), so that no late write of an earlier holder is accepted once anything counts as active. Rejects when the
   * store cannot be sealed; the start has then failed.
   */
  seal?(fencingToken: number): Promise<void>;
  /** Connects and backfills (state `starting`). Rejects when the exchange cannot be used. */
  start(context: WorkloadContext): Promise<void>;
  /** Brings what depends on history to a stable state (state `warming`). */
  warmUp(): Promise<void>;
  /**
   * Consumes and publishes live data (state `active`) until `stop` is called or the signal is aborted, then
   * resolves. Rejects when the work cannot go on; the holder then stops and gives the exchange back.
   */
  run(): Promise<void>;
  /** Stops consuming and publishing, keeps the connection. Idempotent. May come just before `run`. */
  pause(): void;
  /** Goes on after `pause`. Idempotent. */
  resume(): void;
  /**
   * Takes no new work, finishes the open work, disconnects; resolves when *nothing* of this workload runs any
   * more. Called at most once, in any state, also while `seal`, `start` or `warmUp` still runs (which then reject or
   * resolve promptly). When `context.signal` is aborted meanwhile, open work is abandoned.
   */
  stop(): Promise<void>;
  /** Messages waiting to be processed. */
  readonly queueDepth: number;
  /** True while the connection to the exchange is up. */
  readonly connected: boolean;
}

/** Makes the workload of an exchange; injected into the runner under `WORKLOAD_FACTORY`. */
export interface WorkloadFactory {
  create(exchange: CatalogueEntry): Workload;
}

export const WORKLOAD_FACTORY = Symbol('WORKLOAD_FACTORY');
