/**
 * One process: the production code from the boot of the application to its end, on a simulated machine.
 *
 * Does what Nest would do (calls the hooks in their order, beats at the interval) and nothing else.
 */
import { CommandListener } from '../../src/control/command-listener';
import { ControlLifecycle, type Autostart } from '../../src/control/control.lifecycle';
import { ExchangeRunner } from '../../src/control/exchange-runner';
import { loadCatalogue } from '../../src/exchange/catalogue.loader';
import { RequestedExit } from '../../src/process-exit';
import type { RegistryAdapters } from '../../src/registry/adapters';
import { composeRegistry, type RegistryParts } from '../../src/registry/compose';
import type { ProcessTable } from '../../src/registry/process-identity';
import { RegistryLifecycle } from '../../src/registry/registry.lifecycle';
import type { RegistrySettings } from '../../src/registry/registry.options';
import type { Draw } from './draw';
import type { Running } from './running';
import type { SimulatedWorkloads } from './simulated-workload';

const CATALOGUE = loadCatalogue(undefined);

export interface ProcessPorts<R extends Running> {
  readonly execution: R;
  readonly adapters: RegistryAdapters;
  readonly processes: ProcessTable;
  readonly workloads: SimulatedWorkloads;
  readonly settings: RegistrySettings;
  /** `null`: it waits for a wish. */
  readonly autostart: Autostart | null;
  readonly draw: Draw;
  /** It has become active under this token. */
  readonly onActive: (fencingToken: number) => void;
}

export class SimulatedProcess<R extends Running = Running> {
  readonly parts: RegistryParts;
  readonly runner: ExchangeRunner;
  readonly exit = new RequestedExit();
  readonly workloads: SimulatedWorkloads;
  readonly execution: R;
  /** Every move its state machine has made. */
  readonly moves: string[] = [];
  readonly #listener: CommandListener;
  readonly #lifecycle: RegistryLifecycle;
  readonly #control: ControlLifecycle;
  readonly #intervalMs: number;
  #isBeating = true;
  /** From then on the API listens, and somebody may ask it for something. */
  isBooted = false;
  #ending: Promise<void> | null = null;

  constructor(
    readonly name: string,
    ports: ProcessPorts<R>,
  ) {
    const { execution, adapters, settings, workloads, draw } = ports;
    const random = draw.next;
    this.execution = execution;
    this.workloads = workloads;
    this.#intervalMs = settings.heartbeatIntervalMs;
    const { store, log, writer } = adapters;
    this.parts = composeRegistry(settings, {
      store,
      log,
      clock: execution,
      processes: ports.processes,
      random,
    });
    const { registry, journal, machine, standby } = this.parts;
    const services = { ...this.parts, workloads, fencedWriter: writer };
    this.runner = new ExchangeRunner(services, CATALOGUE, standby, execution, this.exit, random);
    this.#listener = new CommandListener(registry, this.runner, journal, adapters.commands, execution);
    this.#lifecycle = new RegistryLifecycle(registry, journal, adapters, settings, null);
    this.#control = new ControlLifecycle(this.runner, this.#lifecycle, ports.autostart, this.exit);
    let last = machine.snapshot;
    machine.onChange((snapshot) => {
      if (snapshot.state === last.state) return;
      this.moves.push(`${last.state}>${snapshot.state}`);
      if (snapshot.state === 'active') ports.onActive(registry.lease?.fencingToken ?? 0);
      last = snapshot;
    });
  }

  get instanceId(): string {
    return this.parts.instance.instanceId;
  }

  get isEnding(): boolean {
    return this.#ending !== null;
  }

  /** Whether its work runs, whatever it is allowed to do. */
  get isWorking(): boolean {
    return this.workloads.last?.isRunning ?? false;
  }

  async boot(): Promise<void> {
    this.#listener.onModuleInit();
    this.#beatLater();
    await this.#lifecycle.onApplicationBootstrap();
    await this.#control.onApplicationBootstrap();
    this.isBooted = true;
  }

  /** The hooks in Nest's order. The same promise for everybody who asks. */
  shutdown(signal: string): Promise<void> {
    this.#ending ??= this.#shutdown(signal);
    return this.#ending;
  }

  async #shutdown(signal: string): Promise<void> {
    this.#listener.onModuleDestroy();
    await this.#control.beforeApplicationShutdown(signal);
    await this.#lifecycle.beforeApplicationShutdown(signal);
    this.#isBeating = false;
    await this.#lifecycle.onApplicationShutdown();
  }

  #beatLater(): void {
    this.execution.setTimer(this.#intervalMs, () => {
      if (!this.#isBeating) return;
      this.#beatLater();
      void this.parts.keeper.beat();
    });
  }
}
