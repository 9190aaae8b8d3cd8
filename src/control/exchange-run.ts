/**
 * One run: the work on one exchange under one claim, through starting, warming and active.
 *
 * Decides which phase of the workload runs in which state. When the run ends, and in which order, is the tenure's
 * matter; this tells the workload and answers when nothing of it runs any more.
 */
import { sharedAbort } from '../abort';
import type { CatalogueEntry } from '../exchange/catalogue';
import type { Workload, WorkloadContext, WorkloadFactory } from '../exchange/workload';
import { ActivityType } from '../registry/activity';
import type { FencedWriter } from '../registry/fenced-writer';
import type { InstanceRegistry } from '../registry/instance-registry';
import type { Journal } from '../registry/journal';
import type { Lease } from '../registry/lease';
import { NotRegisteredError, type WorkStillRunningError } from '../registry/registry.errors';
import type { StopOrder } from '../registry/work-end';
import type { StateMachine } from '../state-machine/state-machine';
import type { Initiator } from '../state-machine/transition';
import { LeaseFencedStore } from './lease-fenced-store';
import { WorkloadEndedError } from './runner.errors';

export interface RunServices {
  readonly registry: InstanceRegistry;
  readonly machine: StateMachine;
  readonly journal: Journal;
  readonly workloads: WorkloadFactory;
  readonly fencedWriter: FencedWriter;
  /** Called when the work does not end although it was aborted. */
  readonly onStuck: (error: WorkStillRunningError) => void;
}

/** How a run ended. `lost` also when it was stopped in order because the claim could not be proven any more. */
export type RunEnd =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'lost'; readonly error: unknown }
  | { readonly kind: 'failed'; readonly error: unknown };

export class ExchangeRun {
  #workload: Workload | null = null;
  readonly #abort = sharedAbort();
  #lease: Lease | null = null;
  #working: Promise<unknown> = Promise.resolve();
  #becameActive = false;

  constructor(
    private readonly entry: CatalogueEntry,
    private readonly services: RunServices,
    private readonly initiator: Initiator,
  ) {}

  /** `null` until the exchange is claimed and `starting` is confirmed. */
  get workload(): Workload | null {
    return this.#workload;
  }

  /** Whether the work got as far as live data. */
  get becameActive(): boolean {
    return this.#becameActive;
  }

  /** Claims the exchange. Rejects as `InstanceRegistry.register` does. */
  async claim(signal: AbortSignal): Promise<void> {
    this.#lease = await this.services.registry.register(
      { id: this.entry.id, name: this.entry.name },
      {
        ...this.initiator,
        signal,
        stopWork: (order) => this.#stopWork(order),
        onStuck: this.services.onStuck,
      },
    );
  }

  /** Works until the tenure is over, and says how that came about. `onStarting` is called when `starting` is confirmed. */
  async work(onStarting: () => void): Promise<RunEnd> {
    const phases = this.#phases(onStarting);
    this.#working = phases.catch(() => undefined);
    const failure = await phases.then(
      () => new WorkloadEndedError(this.entry.name),
      (error: unknown) => error,
    );
    const stoppedByOrder = this.services.registry.isEnding;
    if (stoppedByOrder) await this.services.registry.deregister();
    else
      await this.services.registry.deregister({ actor: 'system', cause: 'workload failed', error: failure });
    const { expiring } = this.#held();
    if (expiring.aborted) return { kind: 'lost', error: expiring.reason };
    return stoppedByOrder ? { kind: 'stopped' } : { kind: 'failed', error: failure };
  }

  async #phases(onStarting: () => void): Promise<void> {
    const { machine, registry } = this.services;
    await machine.transition('starting', this.initiator);
    onStarting();
    const workload = this.#begin();
    if (workload.seal !== undefined) {
      await workload.seal(this.#held().fencingToken);
      this.#assertMayGoOn();
    }
    await workload.start(this.#context());
    await this.#step('warming');
    await workload.warmUp();
    await this.#step('active');
    this.#becameActive = true;
    registry.updateStatus({ startup: null });
    await workload.run();
  }

  #begin(): Workload {
    this.#assertMayGoOn();
    this.#workload = this.services.workloads.create(this.entry);
    return this.#workload;
  }

  async #step(to: 'warming' | 'active'): Promise<void> {
    await this.services.machine.transition(to, { actor: 'system', cause: 'workload ready' });
    this.#assertMayGoOn();
  }

  /** A stop that came first must not be followed by a beginning. */
  #assertMayGoOn(): void {
    this.#held().assertHeld();
    if (this.services.registry.isEnding) throw new NotRegisteredError();
  }

  async #stopWork(order: StopOrder): Promise<void> {
    const abort = () => this.#abort.abort(order.signal.reason);
    if (order.signal.aborted) abort();
    order.signal.addEventListener('abort', abort, { once: true });
    try {
      await this.#workload?.stop();
    } catch (error) {
      // What still runs hears of nothing else: the tenure lets the claim expire.
      this.#abort.abort(error);
      throw error;
    } finally {
      await this.#working;
      order.signal.removeEventListener('abort', abort);
    }
  }

  #held(): Lease {
    if (this.#lease === null) throw new NotRegisteredError();
    return this.#lease;
  }

  #context(): WorkloadContext {
    const { registry, journal, fencedWriter } = this.services;
    const lease = this.#held();
    const { exchange, claimId, fencingToken } = lease;
    // What a workload says after its run must not show up in the next one.
    const ifOwn = (say: () => void) => {
      if (registry.lease?.claimId === claimId) say();
    };
    return {
      exchange: this.entry,
      fencingToken,
      signal: this.#abort.signal,
      assertHeld: () => lease.assertHeld(),
      store: new LeaseFencedStore(fencedWriter, lease, registry),
      reportProgress: (startup) => ifOwn(() => registry.updateStatus({ startup })),
      setSymbolCount: (count) => ifOwn(() => registry.setSymbolCount(count)),
      recordError: (error) => ifOwn(() => registry.recordError(error, exchange)),
      raiseAlert: ({ name, message, data }) =>
        journal.record(exchange, {
          type: ActivityType.Alert,
          actor: 'workload',
          cause: message,
          claimId,
          fencingToken,
          data: { name, ...data },
        }),
    };
  }
}
