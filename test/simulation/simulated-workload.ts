/**
 * Work that acts now and then, each time after asking whether it still may, and writes what it did to two fenced stores.
 */
import { delay, type Clock } from '../../src/clock';
import type { Workload, WorkloadContext, WorkloadFactory } from '../../src/exchange/workload';
import type { Constants } from './constants';
import type { Draw } from './draw';

/** What the work reaches outside of its process. */
export interface Outside {
  /** It acts, under this token, at this very moment. */
  acted(fencingToken: number): void;
  seal(fencingToken: number): void;
  /** Writes to the resource; gets there when it gets there. */
  write(fencingToken: number): void;
}

/** What somebody wants to go wrong next. */
export interface Mishaps {
  failNext: boolean;
  stickNext: boolean;
  /** It has gone wrong. */
  readonly happened?: (what: 'work-fails' | 'work-sticks') => void;
}

/** How long it takes for what. */
export type WorkPace = Pick<Constants, 'startMs' | 'warmUpMs' | 'actEveryMs' | 'finishMs'>;

export class SimulatedWorkload implements Workload {
  readonly #over = new AbortController();
  #context: WorkloadContext | null = null;
  /** Aborted when it has to end, or its claim is gone. */
  #until = this.#over.signal;
  #isPaused = false;
  #phases = 0;
  #isStopping = false;
  connected = false;
  readonly queueDepth = 0;

  constructor(
    private readonly clock: Clock,
    private readonly pace: WorkPace,
    private readonly draw: Draw,
    private readonly outside: Outside,
    private readonly mishaps: Mishaps,
  ) {}

  /** Whether anything of it still runs. */
  get isRunning(): boolean {
    return this.#phases > 0 || this.connected;
  }

  get fencingToken(): number | null {
    return this.#context?.fencingToken ?? null;
  }

  start(context: WorkloadContext): Promise<void> {
    this.#context = context;
    this.#until = AbortSignal.any([context.signal, this.#over.signal]);
    context.assertHeld();
    this.outside.seal(context.fencingToken);
    this.connected = true;
    return this.#phase(this.pace.startMs);
  }

  warmUp(): Promise<void> {
    return this.#phase(this.pace.warmUpMs);
  }

  async run(): Promise<void> {
    this.#phases += 1;
    try {
      while (await this.#rest(this.pace.actEveryMs * this.draw.between(0.2, 1.8))) {
        this.#failIfWanted();
        if (!this.#isPaused) this.#act();
      }
    } finally {
      this.#phases -= 1;
    }
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#over.abort();
    if (this.mishaps.stickNext) {
      this.mishaps.stickNext = false;
      this.mishaps.happened?.('work-sticks');
      await new Promise<never>(() => undefined);
    }
    // What was begun is finished, and that is work too.
    const { signal } = this.#held();
    if (this.pace.finishMs > 0) {
      this.#act();
      await delay(this.clock, this.pace.finishMs, signal).catch(() => undefined);
      if (!signal.aborted) this.#act();
    }
    this.connected = false;
  }

  async #phase(ms: number): Promise<void> {
    this.#phases += 1;
    try {
      await this.#rest(ms * this.draw.between(0.5, 1.5));
      this.#failIfWanted();
    } finally {
      this.#phases -= 1;
    }
  }

  #failIfWanted(): void {
    if (!this.mishaps.failNext) return;
    this.mishaps.failNext = false;
    this.mishaps.happened?.('work-fails');
    throw new Error('the exchange does not want us');
  }

  /** False when the work is over. */
  async #rest(ms: number): Promise<boolean> {
    const { signal } = this.#held();
    await delay(this.clock, ms, this.#until).catch(() => undefined);
    return !signal.aborted && !this.#isStopping;
  }

  #act(): void {
    const context = this.#held();
    try {
      context.assertHeld();
    } catch {
      return;
    }
    const { fencingToken, store } = context;
    this.outside.acted(fencingToken);
    this.outside.write(fencingToken);
    if (this.draw.chance(0.5)) {
      const at = Math.floor(this.draw.next() * 1_000);
      store.putSeries('acts', [{ at, value: 'x' }], 10).catch(() => undefined);
    }
  }

  #held(): WorkloadContext {
    if (this.#context === null) throw new TypeError('the work was not started');
    return this.#context;
  }
}

export class SimulatedWorkloads implements WorkloadFactory {
  /** Of the present tenure, or of the last. */
  last: SimulatedWorkload | null = null;

  constructor(private readonly make: () => SimulatedWorkload) {}

  create(): SimulatedWorkload {
    this.last = this.make();
    return this.last;
  }
}
