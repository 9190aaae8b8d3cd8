/**
 * Two places for processes over one memory store, where nothing happens unless the schedule says so.
 *
 * Decides nothing about the order of things (run-schedule.ts), nor about what is wished (wishes.ts).
 */
import { ExchangeError, messageOf } from '../../src/errors';
import type { RegistrySettings } from '../../src/registry/registry.options';
import type { RunnerStatus } from '../../src/control/runner-status';
import { ActivityCheck } from '../simulation/checks/activity';
import { ExclusionCheck } from '../simulation/checks/exclusion';
import { StatusCheck } from '../simulation/checks/status';
import { Draw } from '../simulation/draw';
import { FencedResource } from '../simulation/fenced-resource';
import type { PlantedBug } from '../simulation/planted-bug';
import { remotePorts } from '../simulation/remote-ports';
import { SimulatedProcess } from '../simulation/simulated-process';
import { SimulatedWorkload, SimulatedWorkloads, type Mishaps } from '../simulation/simulated-workload';
import { EXCHANGE, StoreServer } from '../simulation/store-server';
import { Trace } from '../simulation/trace';
import { Verdict } from '../simulation/violation';
import { Answers } from './answers';
import type { Setup } from './moves';
import { MovesCheck } from './moves-check';
import { ProcessClock, readingAt } from './process-clock';
import { ProofCheck } from '../simulation/checks/proof';
import type { Reached } from './reached';
import { ScheduledLink } from './scheduled-link';
import { Scheduler } from './scheduler';
import { timesOf, type Times } from './setting';

/** Where a process runs, and perhaps another one after it. */
export interface Place {
  readonly index: number;
  readonly mishaps: Mishaps;
  isCut: boolean;
  process: SimulatedProcess | null;
  link: ScheduledLink | null;
  starts: number;
  /** Its process has lost a claim, or could not prove it any more; that is left to expire. */
  hasLost: boolean;
}

/** A process that has ended in order, and what the network did to it meanwhile. */
export interface Ended {
  readonly process: SimulatedProcess;
  /** Every request since it was told to end was answered in time. */
  readonly wasAnswered: boolean;
  /** It was told of every claim, gave back what it held, and was told so: no key of its own is left. */
  readonly leavesNoKey: boolean;
}

export class ScheduledWorld {
  readonly scheduler = new Scheduler();
  readonly trace = new Trace(this.scheduler);
  readonly verdict = new Verdict();
  readonly reached: Reached = new Set();
  readonly settings: RegistrySettings;
  readonly server: StoreServer;
  readonly places: readonly Place[];
  readonly resource: FencedResource;
  readonly exclusion: ExclusionCheck;
  readonly status: StatusCheck;
  readonly activity: ActivityCheck;
  readonly moves: MovesCheck;
  readonly proof: ProofCheck;
  readonly answers: Answers;
  /** The store has lost everything at least once. */
  hasLostData = false;
  /** Processes that run, or are on their way out. */
  readonly processes = new Set<SimulatedProcess>();
  readonly ended: Ended[] = [];
  readonly #times: Times;

  constructor(
    readonly setup: Setup,
    private readonly bug: PlantedBug,
  ) {
    const { scheduler, verdict, trace } = this;
    this.#times = timesOf(setup.times);
    this.settings = this.#times.settings;
    const { leaseTtlMs, safetyMarginMs } = this.settings;
    this.exclusion = new ExclusionCheck(() => [...this.processes], verdict, trace);
    this.status = new StatusCheck(leaseTtlMs, safetyMarginMs, () => scheduler.nowMs, verdict);
    this.activity = new ActivityCheck(verdict, trace);
    this.moves = new MovesCheck(verdict);
    this.proof = new ProofCheck(scheduler, this.settings, verdict);
    this.answers = new Answers(verdict);
    this.resource = new FencedResource(verdict, bug.resourceCompares ?? true);
    this.server = this.#makeServer();
    this.places = [0, 1].map((index) => {
      const mishaps = { failNext: false, stickNext: false };
      return { index, mishaps, isCut: false, process: null, link: null, starts: 0, hasLost: false };
    });
  }

  get isOver(): boolean {
    return this.verdict.violation !== null;
  }

  /** The next task in due order. False when there is none. */
  async runNext(): Promise<boolean> {
    const { next } = this.scheduler;
    if (next === undefined) return false;
    await this.scheduler.run(next);
    this.moves.look(this.processes);
    return true;
  }

  /** Starts a process there, unless one runs. */
  boot(place: Place): void {
    if (place.process !== null) return;
    place.starts += 1;
    const process = this.#makeProcess(place);
    place.process = process;
    this.processes.add(process);
    this.trace.add(process.name, 'boots');
    process.exit.signal.addEventListener('abort', () => this.terminate(place), { once: true });
    process.boot().catch((error: unknown) => this.verdict.fail('boot', messageOf(error)));
  }

  /** The power goes. What it sent is on its way. */
  crash(place: Place): void {
    const { process } = place;
    if (process === null) return;
    this.reached.add('crash');
    this.trace.add(process.name, 'crashes');
    this.#gone(place, process);
  }

  /** SIGTERM; the process is gone when its hooks have run. */
  terminate(place: Place): void {
    const { process, link } = place;
    if (process === null || link === null || process.isEnding) return;
    this.trace.add(process.name, 'is told to end');
    const { timeoutCount } = link;
    void this.answers.expect(process, 'shutdown', process.shutdown('SIGTERM')).then(() => {
      if (process.execution.isDead) return;
      this.trace.add(process.name, 'ends');
      // Work that is stuck keeps its claim, which expires with the process.
      if (process.parts.registry.lease !== null || process.isWorking) return this.#gone(place, process);
      const wasAnswered = link.timeoutCount === timeoutCount;
      const leavesNoKey = !['claim', 'release'].some((asked) => link.timeouts.has(asked)) && !place.hasLost;
      this.ended.push({ process, wasAnswered, leavesNoKey: wasAnswered && leavesNoKey });
      this.#leave(place, process);
    });
  }

  /** A wish of somebody outside: a refusal is an answer, anything else that is thrown is not. */
  ask({ process }: Place, what: string, wish: () => Promise<RunnerStatus>): void {
    if (process === null) return;
    const answer = wish().then(
      (status) => {
        this.trace.add(process.name, `${what}: done`);
        if (what === 'stop') this.moves.stopped(process, status);
      },
      (error: unknown) => {
        this.trace.add(process.name, `${what}: ${messageOf(error)}`);
        if (!(error instanceof ExchangeError))
          this.verdict.fail('unexpected error', `${what}: ${messageOf(error)}`);
      },
    );
    void this.answers.expect(process, what, answer);
  }

  loseData(): void {
    this.reached.add('loss of data');
    this.hasLostData = true;
    this.server.forget();
    this.exclusion.fenceLost();
    this.activity.lost();
  }

  #leave(place: Place, process: SimulatedProcess): void {
    if (place.process === process) place.process = null;
    this.processes.delete(process);
  }

  #gone(place: Place, process: SimulatedProcess): void {
    process.execution.kill();
    this.#leave(place, process);
  }

  #makeServer(): StoreServer {
    const { exclusion, status, activity, verdict } = this;
    const released = new Set<string>();
    const observer = {
      granted: (...grant: Parameters<ExclusionCheck['granted']>) => {
        exclusion.granted(...grant);
        status.heard(grant[0]);
        if (exclusion.grants === 2) this.reached.add('two claims');
      },
      renewed: (claimId: string, healed: boolean) => {
        exclusion.renewed(claimId, healed);
        status.heard(claimId);
        if (released.has(claimId) && !this.hasLostData)
          verdict.fail('release order', 'a claim was renewed after it had been given back');
      },
      released: (claimId: string) => {
        exclusion.released(claimId);
        released.add(claimId);
      },
      appended: (...[entry, standing]: Parameters<ActivityCheck['appended']>) => {
        activity.appended(entry, standing);
        if (entry.type === 'command-accepted') this.reached.add('command taken');
      },
      wroteSeries: (token: number) => exclusion.wroteSeries(token),
      changed: () => status.look(this.server),
    };
    const time = { read: () => readingAt(this.scheduler.nowMs) };
    return new StoreServer(time, observer, (memory, parts) => this.bug.store?.(memory, parts) ?? parts);
  }

  #makeProcess(place: Place): SimulatedProcess {
    const { scheduler, reached, exclusion, resource, trace, setup, bug } = this;
    const name = `p${place.index}.${place.starts}`;
    const draw = new Draw(setup.seed, name);
    const execution = new ProcessClock(name, scheduler, () => void reached.add('late timer'));
    const link = new ScheduledLink(name, scheduler, place, reached);
    place.link = link;
    const outside = {
      acted: (token: number) => {
        exclusion.acted(name, token);
        this.proof.acted(name, token);
      },
      seal: (token: number) => void ((bug.seals ?? true) && resource.seal(token)),
      write: (token: number) => link.write(() => resource.write(token)),
    };
    const { pace } = this.#times;
    const workloads = new SimulatedWorkloads(
      () => new SimulatedWorkload(execution, pace, draw, outside, place.mishaps),
    );
    const asking = { releasing: (claimId: string) => this.moves.releasing(place.process, name, claimId) };
    const { commandTimeoutMs } = this.settings;
    const ports = remotePorts(name, execution, link, this.server, commandTimeoutMs, asking, trace);
    const adapters = this.proof.listen(ports);
    // Each place is a container of its own: processes of the other one are not visible from it.
    const own = { bootId: 'boot', pidNamespace: `place-${place.index}`, startTicks: `${place.starts}` };
    const processes = bug.processes?.(own) ?? { own: () => own, startTicksOf: () => `${place.starts}` };
    const { autostart, standby } = setup;
    const process = new SimulatedProcess(name, {
      execution,
      processes,
      workloads,
      draw,
      adapters: bug.adapters?.(adapters) ?? adapters,
      settings: bug.settings?.(this.settings) ?? this.settings,
      autostart: autostart ? { exchange: EXCHANGE.name, standby } : null,
      onActive: (token) => resource.activated(token),
    });
    const { machine, registry } = process.parts;
    machine.onChange(({ state, isPaused }) => {
      if (state !== 'idle') reached.add(state);
      if (isPaused) reached.add('paused');
    });
    place.hasLost = false;
    const onLost = () => {
      reached.add('demotion');
      place.hasLost = true;
    };
    registry.onTenure(({ signal }) => signal.addEventListener('abort', onLost, { once: true }));
    return process;
  }
}
