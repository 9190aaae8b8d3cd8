/** The places where the API runs, each with its own way to Redis; what ends is started again, as an init system would. */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startApi, type ApiProcess, type ExitStatus } from '../support/api-process';
import { now, timed } from './history';
import type { Life } from './moves-check';
import type { TcpProxy } from '../support/tcp-proxy';

export interface Times {
  readonly leaseTtlMs: number;
  readonly heartbeatIntervalMs: number;
  readonly safetyMarginMs: number;
  readonly commandTimeoutMs: number;
  /** How fast the clocks of a process run at least, on the clock of the notes; 1 unless given. */
  readonly slowestClock?: number;
  /** How fast at most; 1 unless given. */
  readonly fastestClock?: number;
}

/** Scaled down for volume; the relations are those of the defaults. */
export const TIMES: Times = {
  leaseTtlMs: 1_500,
  heartbeatIntervalMs: 400,
  safetyMarginMs: 300,
  commandTimeoutMs: 150,
};

/** The exit code of a process that has not found Redis at its start. */
const WITHOUT_REDIS = 69;
/** The exit code of a process that was told to end once more while it was ending. */
export const TOLD_TWICE = 143;

/** Whether somebody wished an end like this: by that signal, or by SIGTERM; by a second one if it ended at once. */
export function isWished({ code, signal }: ExitStatus, sent: readonly NodeJS.Signals[]): boolean {
  if (signal !== null) return sent.includes(signal);
  const told = sent.filter((each) => each === 'SIGTERM').length;
  return code === WITHOUT_REDIS || (code === 0 && told > 0) || (code === TOLD_TWICE && told > 1);
}

export interface SlotOptions {
  readonly index: number;
  /** Its own, to every server. */
  readonly ways: readonly TcpProxy[];
  readonly times: Times;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly nodeArgs: readonly string[];
  readonly restartAfterMs: () => number;
  /** Of the next process. */
  readonly clockRate: () => number;
}

export interface Order {
  readonly id: number;
  /** Whom it was given to. */
  readonly api: ApiProcess;
  /** By the word of the process. */
  readonly isCarriedOut: () => boolean;
}

let orders = 0;

export class Slot {
  api: ApiProcess | null = null;
  /** Process starts so far. */
  starts = 0;
  readonly findings: string[] = [];
  /** Of every process that has ended here. */
  readonly lives: Life[] = [];
  private isOver = false;
  private restart: NodeJS.Timeout | undefined;

  constructor(private readonly options: SlotOptions) {}

  get ways(): readonly TcpProxy[] {
    return this.options.ways;
  }

  /** Running, and listening to orders. */
  get ready(): ApiProcess | null {
    return this.api?.output.lines.includes('recorder ready') === true && this.api.running ? this.api : null;
  }

  async start(): Promise<void> {
    const { times, env, nodeArgs } = this.options;
    this.starts += 1;
    const api = await startApi({
      until: 'spawned',
      nodeArgs,
      args: ['--autostart', 'simulator', '--standby'],
      env: {
        LEASE_TTL_MS: `${times.leaseTtlMs}`,
        HEARTBEAT_INTERVAL_MS: `${times.heartbeatIntervalMs}`,
        SAFETY_MARGIN_MS: `${times.safetyMarginMs}`,
        COMMAND_TIMEOUT_MS: `${times.commandTimeoutMs}`,
        CHAOS_CLOCK_RATE: `${this.options.clockRate()}`,
        ...env,
      },
    });
    this.api = api;
    void api.exited.then((status) => this.ended(api, status));
  }

  /** Has the process follow an order (fixtures/recorder.cjs). `null` when none runs that could. */
  order(order: object): Order | null {
    const { ready } = this;
    if (ready === null) return null;
    orders += 1;
    const id = orders;
    const said = `carried out: order ${id}`;
    const file = join(this.options.folder, `orders-${ready.pid}.jsonl`);
    appendFileSync(file, `${JSON.stringify({ ...order, id })}\n`);
    ready.kill('SIGUSR2');
    return { id, api: ready, isCarriedOut: () => ready.output.lines.includes(said) };
  }

  /** When the loop of this process turned last, as far as it has written down; `null`: it has not begun to. */
  lastTickOf(pid: number): number | null {
    try {
      return Number(readFileSync(join(this.options.folder, `tick-${pid}`), 'utf8')) || null;
    } catch {
      return null;
    }
  }

  /** By what the process has logged: its state, or `beginning` before it can be told anything. */
  get state(): string {
    if (this.ready === null) return 'beginning';
    const moved = this.ready.logs.findLast(({ from, to }) => from !== undefined && to !== undefined);
    const state = moved?.['to'];
    return typeof state === 'string' ? state : 'idle';
  }

  /** Nobody starts it again. */
  retire(): void {
    this.isOver = true;
    clearTimeout(this.restart);
  }

  private ended(api: ApiProcess, status: ExitStatus): void {
    const { code, signal } = status;
    if (this.api === api) this.api = null;
    const { instance } = api.output.findLog({ instance: /./ }) ?? {};
    this.lives.push({
      pid: api.pid,
      instanceId: typeof instance === 'string' ? instance : '',
      moves: api.logs
        .filter(({ from, to }) => from !== undefined && to !== undefined)
        .map(({ from, to }) => `${String(from)}>${String(to)}`),
      isWhole: signal === null && code !== TOLD_TWICE,
    });
    if (!isWished(status, api.signals))
      this.findings.push(
        timed(
          `unexpected end: process ${api.pid} ended with ${signal ?? `code ${code}`}; it printed\n${api.output.lastLines(8)}`,
          now(),
        ),
      );
    const crash = api.output.findLog({ msg: /unhandled|uncaught/i });
    if (crash !== undefined) this.findings.push(`unhandled: process ${api.pid}: ${JSON.stringify(crash)}`);
    if (this.isOver) return;
    this.restart = setTimeout(() => void this.start(), this.options.restartAfterMs());
  }
}
