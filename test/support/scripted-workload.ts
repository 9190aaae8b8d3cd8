/** A workload whose every phase ends when the test says so. */
import type { CatalogueEntry } from '../../src/exchange/catalogue';
import type { Workload, WorkloadContext, WorkloadFactory } from '../../src/exchange/workload';

type Phase = 'start' | 'warmUp' | 'run' | 'stop';

interface Gate {
  readonly promise: Promise<void>;
  readonly open: () => void;
  readonly fail: (error: Error) => void;
}

function gate(): Gate {
  let open!: () => void;
  let fail!: (error: Error) => void;
  const promise = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  promise.catch(() => undefined);
  return { promise, open, fail };
}

export class ScriptedWorkload implements Workload {
  readonly calls: string[] = [];
  readonly gates: Record<Phase, Gate> = { start: gate(), warmUp: gate(), run: gate(), stop: gate() };
  context: WorkloadContext | null = null;
  readonly queueDepth = 3;
  connected = false;

  start(context: WorkloadContext): Promise<void> {
    this.context = context;
    this.connected = true;
    return this.#phase('start');
  }

  warmUp(): Promise<void> {
    return this.#phase('warmUp');
  }

  run(): Promise<void> {
    return this.#phase('run');
  }

  pause(): void {
    this.calls.push('pause');
  }

  resume(): void {
    this.calls.push('resume');
  }

  async stop(): Promise<void> {
    this.calls.push('stop');
    await this.gates.stop.promise;
    this.connected = false;
    for (const phase of ['start', 'warmUp', 'run'] as const) this.gates[phase].open();
  }

  #phase(phase: Exclude<Phase, 'stop'>): Promise<void> {
    this.calls.push(phase);
    return this.gates[phase].promise;
  }
}

export class ScriptedWorkloads implements WorkloadFactory {
  readonly made: ScriptedWorkload[] = [];

  /** `autoStop`: stopping needs no permission of the test. */
  constructor(private readonly autoStop = true) {}

  get last(): ScriptedWorkload {
    const last = this.made.at(-1);
    if (last === undefined) throw new Error('no workload has been made');
    return last;
  }

  create(_exchange: CatalogueEntry): Workload {
    const workload = new ScriptedWorkload();
    if (this.autoStop) workload.gates.stop.open();
    this.made.push(workload);
    return workload;
  }
}
