/**
 * A simulated world: machines with one process each, a store, a resource, and somebody who starts dead processes again.
 *
 * Decides nothing about what goes wrong (fault-plan.ts, fault-actions.ts).
 */
import { ExchangeError, messageOf } from '../../src/errors';
import { compileOptions, type RegistrySettings } from '../../src/registry/registry.options';
import { ActivityCheck } from './checks/activity';
import { ExclusionCheck } from './checks/exclusion';
import { ProofCheck } from './checks/proof';
import { StatusCheck } from './checks/status';
import { drawConstants, type Constants } from './constants';
import { Draw } from './draw';
import { Effects } from './effects';
import { Execution } from './execution';
import { FencedResource } from './fenced-resource';
import { Link } from './link';
import { Machine } from './machine';
import type { PlantedBug } from './planted-bug';
import { remotePorts } from './remote-ports';
import { SimulatedProcess } from './simulated-process';
import { SimulatedWorkload, SimulatedWorkloads, type Mishaps } from './simulated-workload';
import { EXCHANGE, StoreServer } from './store-server';
import { Timeline } from './timeline';
import { Trace } from './trace';
import { Verdict } from './violation';

/** A place where a process runs, and runs again. */
export interface Slot {
  readonly index: number;
  readonly machine: Machine;
  readonly link: Link;
  readonly proof: ProofCheck;
  readonly mishaps: Mishaps;
  process: SimulatedProcess<Execution> | null;
  /** Process starts so far; the start time of a process on this machine. */
  starts: number;
  /** False while nobody is to start it again. */
  restarts: boolean;
}

export class World {
  readonly timeline = new Timeline();
  readonly trace = new Trace(this.timeline);
  readonly verdict = new Verdict();
  readonly effects = new Effects();
  readonly draw: Draw;
  readonly constants: Constants;
  readonly settings: RegistrySettings;
  readonly server: StoreServer;
  readonly slots: readonly Slot[];
  readonly resource: FencedResource;
  readonly exclusion: ExclusionCheck;
  readonly status: StatusCheck;
  readonly activity: ActivityCheck;
  /** Nothing goes wrong any more. */
  isHealed = false;
  /** Processes that run, or are on their way out. */
  readonly processes = new Set<SimulatedProcess<Execution>>();

  constructor(
    readonly seed: number,
    private readonly bug: PlantedBug,
  ) {
    this.draw = new Draw(seed, 'world');
    this.constants = drawConstants(this.draw.for('constants'));
    this.settings = this.constants.settings;
    const { leaseTtlMs, safetyMarginMs } = this.settings;
    this.exclusion = new ExclusionCheck(() => [...this.processes], this.verdict, this.trace);
    this.status = new StatusCheck(leaseTtlMs, safetyMarginMs, () => this.timeline.nowMs, this.verdict);
    this.activity = new ActivityCheck(this.verdict, this.trace);
    this.resource = new FencedResource(this.verdict, bug.resourceCompares ?? true, () =>
      this.effects.add('late write refused'),
    );
    this.server = this.#makeServer();
    this.slots = this.constants.rates.map((rate, index) => this.#makeSlot(rate, index));
  }

  get isOver(): boolean {
    return this.verdict.violation !== null;
  }

  /** The work has its time and its grace; a claim in flight, and then the release, their tries. */
  get stopLimitMs(): number {
    const { stopTimeoutMs, safetyMarginMs, commandTimeoutMs } = this.settings;
    return stopTimeoutMs + safetyMarginMs + 6 * commandTimeoutMs;
  }

  /** Starts a process in the slot, unless one runs there. */
  boot(slot: Slot): void {
    if (slot.process !== null || this.isOver) return;
    slot.starts += 1;
    const process = this.#makeProcess(slot);
    slot.process = process;
    this.processes.add(process);
    this.trace.add(process.name, 'boots');
    process.exit.signal.addEventListener('abort', () => this.terminate(slot, 'exit requested'), {
      once: true,
    });
    process.boot().catch((error: unknown) => this.verdict.fail('boot', messageOf(error)));
  }

  /** The power goes: nothing it was about to do happens. What it sent is on its way. */
  crash(slot: Slot): void {
    const { process } = slot;
    if (process === null) return;
    this.trace.add(process.name, 'crashes');
    this.#gone(slot, process);
  }

  /** SIGTERM, and the process is gone when its hooks have run. */
  terminate(slot: Slot, signal: string): void {
    const { process } = slot;
    if (process === null || process.isEnding) return;
    this.trace.add(process.name, 'is told to end', signal);
    const ended = process.shutdown(signal);
    this.expectSettled(process, 'shutdown', ended, 2 * this.stopLimitMs);
    void ended.then(() => {
      this.trace.add(process.name, 'ends');
      if (process.parts.registry.lease !== null || process.isWorking) return this.#gone(slot, process);
      this.#leave(slot, process);
    });
  }

  /** Fails when `settles` has not settled after `limitMs` of running time of the process. */
  expectSettled(
    process: SimulatedProcess<Execution>,
    what: string,
    settles: Promise<unknown>,
    limitMs: number,
  ): void {
    const { execution } = process;
    const { freezes } = execution;
    let isSettled = false;
    void settles.then(
      () => (isSettled = true),
      () => (isSettled = true),
    );
    const slackMs = 20 + 8 * this.constants.granularityMs;
    this.timeline.in((limitMs + slackMs) * 1.02, () => {
      if (isSettled || execution.isDead || execution.isFrozen || execution.freezes !== freezes) return;
      this.verdict.fail('stuck', `${what} of ${process.name} has not ended after ${limitMs} ms`);
    });
  }

  /** A wish of somebody outside: a refusal is an answer, anything else that is thrown is not. */
  wish(
    process: SimulatedProcess<Execution>,
    what: string,
    carryOut: () => Promise<unknown>,
    limitMs: number | null,
  ): void {
    this.trace.add(process.name, `is asked: ${what}`);
    const answered = carryOut().catch((error: unknown) => {
      if (!(error instanceof ExchangeError))
        this.verdict.fail('unexpected error', `${what}: ${messageOf(error)}`);
    });
    if (limitMs !== null) this.expectSettled(process, what, answered, limitMs);
  }

  /** It has closed everything; nothing of it may still be waiting for time to pass. */
  #leave(slot: Slot, process: SimulatedProcess<Execution>): void {
    if (slot.process === process) slot.process = null;
    const { heartbeatIntervalMs, leaseTtlMs } = this.settings;
    const { sleeps } = slot.machine;
    this.timeline.in((heartbeatIntervalMs + leaseTtlMs) * 1.02 + 10 * this.constants.granularityMs, () => {
      const { execution } = process;
      const wasAwake = !execution.isDead && !execution.isFrozen && slot.machine.sleeps === sleeps;
      if (wasAwake && execution.pendingTimers > 0)
        this.verdict.fail('timers after close', `${process.name} still has ${execution.pendingTimers}`);
      execution.kill();
      this.processes.delete(process);
    });
    this.#startAgain(slot);
  }

  #gone(slot: Slot, process: SimulatedProcess<Execution>): void {
    process.execution.kill();
    this.processes.delete(process);
    if (slot.process === process) slot.process = null;
    this.#startAgain(slot);
  }

  #startAgain(slot: Slot): void {
    if (!slot.restarts) return;
    const afterMs = Math.max(20, this.settings.leaseTtlMs * this.draw.magnitude(0.01, 1));
    this.timeline.in(afterMs, () => slot.restarts && this.boot(slot));
  }

  #makeServer(): StoreServer {
    const { exclusion, status, activity, effects } = this;
    const machine = new Machine(this.timeline, this.constants.storeRate);
    const observer = {
      granted: (...grant: Parameters<ExclusionCheck['granted']>) => {
        exclusion.granted(...grant);
        status.heard(grant[0]);
        if (exclusion.grants > 1) effects.add('second claim');
      },
      renewed: (claimId: string, healed: boolean) => {
        if (healed) effects.add('key put back');
        exclusion.renewed(claimId, healed);
        status.heard(claimId);
      },
      released: (claimId: string) => exclusion.released(claimId),
      appended: (...[entry, standing]: Parameters<ActivityCheck['appended']>) => {
        activity.appended(entry, standing);
        if (entry.type === 'command-accepted') effects.add('command taken');
      },
      refused: (what: 'claim' | 'series') =>
        effects.add(what === 'claim' ? 'claim deferred' : 'late write to the store refused'),
      wroteSeries: (token: number) => exclusion.wroteSeries(token),
      changed: () => status.look(this.server),
    };
    return new StoreServer(machine, observer, (memory, parts) => this.bug.store?.(memory, parts) ?? parts);
  }

  #makeSlot(rate: number, index: number): Slot {
    const { latencyMs, latestMs } = this.constants;
    const draw = this.draw.for(`slot ${index}`);
    const link = new Link(this.timeline, latencyMs, latestMs, draw.for('link'), this.server, this.effects);
    const machine = new Machine(this.timeline, rate, draw.whole(-5_000, 5_000));
    const happened = (what: 'work-fails' | 'work-sticks') => this.effects.add(what);
    const mishaps = { failNext: false, stickNext: false, happened };
    // On the clock of the machine that goes on in its sleep, which tells whole hundredths of a second.
    const proof = new ProofCheck(machine, this.settings, this.verdict, 10);
    return { index, machine, link, proof, mishaps, process: null, starts: 0, restarts: true };
  }

  #makeProcess(slot: Slot): SimulatedProcess<Execution> {
    const { index, machine, link, proof, mishaps, starts } = slot;
    const { constants, exclusion, resource, timeline } = this;
    const name = `p${index}.${starts}`;
    const draw = this.draw.for(name);
    const execution = new Execution(machine, constants.granularityMs, draw.for('execution'));
    const outside = {
      acted: (token: number) => {
        exclusion.acted(name, token);
        proof.acted(name, token);
      },
      seal: (token: number) => void ((this.bug.seals ?? true) && resource.seal(token)),
      write: (token: number) => void timeline.in(link.detourMs(), () => resource.write(token)),
    };
    const workloads = new SimulatedWorkloads(
      () => new SimulatedWorkload(execution, constants, draw.for('work'), outside, mishaps),
    );
    const asking = { releasing: (claimId: string) => this.#releasing(name, claimId, slot) };
    const { commandTimeoutMs } = this.settings;
    const adapters = proof.listen(
      remotePorts(name, execution, link, this.server, commandTimeoutMs, asking, this.trace),
    );
    const settings = compileOptions({ ...constants.options, hostname: `host-${constants.hosts[index]}` });
    // Each slot is a container of its own: processes of other slots are not visible from it.
    const own = { bootId: `${machine.bootId}`, pidNamespace: `slot-${index}`, startTicks: `${starts}` };
    const processes = this.bug.processes?.(own) ?? { own: () => own, startTicksOf: () => `${slot.starts}` };
    const process = new SimulatedProcess(name, {
      execution,
      processes,
      workloads,
      draw,
      adapters: this.bug.adapters?.(adapters) ?? adapters,
      settings: this.bug.settings?.(settings) ?? settings,
      autostart: { exchange: EXCHANGE.name, standby: constants.standby[index] ?? true },
      onActive: (token) => resource.activated(token),
    });
    const onLost = () => this.effects.add('demotion');
    process.parts.registry.onTenure(({ signal }) => signal.addEventListener('abort', onLost, { once: true }));
    return process;
  }

  #releasing(name: string, claimId: string, { process }: Slot): void {
    if (process?.name !== name || process.parts.registry.lease?.claimId !== claimId) return;
    if (process.isWorking)
      this.verdict.fail('release order', `${name} gives its claim back while its work runs`);
  }
}
