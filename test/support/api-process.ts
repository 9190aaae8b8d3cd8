/**
 * The API, or any other script of Node, as a real process: its log, its routes, its end. It ends with the test run.
 */
import type { ChildProcess } from 'node:child_process';
import type { IncomingMessage } from 'node:http';
import { resolve } from 'node:path';
import { freePort } from '../../scripts/processes/free-port.mjs';
import { spawnGuarded } from '../../scripts/processes/guarded-process.mjs';
import { buildIsCurrent } from '../../scripts/steps/build.mjs';
import { type HttpAnswer, type HttpCall, fetchAnswer, open } from './http-client';
import { type LiveResource, forgetResource, trackResource } from './live-resources';
import { ProcessOutput } from './process-output';
import { type WaitOptions, waitFor } from './wait-for';

const ROOT = resolve(__dirname, '../..');

/** The operator's token of every API process started here, unless its `env` says otherwise. */
export const TEST_TOKEN = 'operator-token-of-the-test-run-0123456789';

export interface ApiOptions {
  /** Added to a small environment of its own (PATH and HOME, the token, a free port), not to that of the tests. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly args?: readonly string[];
  /** `listening` (the default) resolves when `/health/live` answers; `spawned` at once, for a start that fails. */
  readonly until?: 'listening' | 'spawned';
  /** The script to run, from the project's root; `dist/main.js` unless given. */
  readonly script?: string;
  /** Options for Node itself: `['--require', '/path/to/preload.js']`. */
  readonly nodeArgs?: readonly string[];
  /** How long the start may take; 20,000 unless given. */
  readonly timeoutMs?: number;
}

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class ApiProcess implements LiveResource {
  readonly output: ProcessOutput;
  /** Settles when the process has ended and everything it printed was read. */
  readonly exited: Promise<ExitStatus>;
  private ended: ExitStatus | undefined;
  /** Every signal that it was sent by us, in order. */
  readonly signals: NodeJS.Signals[] = [];

  constructor(
    private readonly child: ChildProcess,
    readonly port: number,
    private readonly token: string | undefined,
  ) {
    this.output = new ProcessOutput(child.stdout, child.stderr);
    this.exited = new Promise((settle) => {
      child.once('close', (code, signal) => {
        this.ended = { code, signal };
        forgetResource(this);
        settle(this.ended);
      });
    });
  }

  get name(): string {
    return `process ${this.pid} on port ${this.port}`;
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get running(): boolean {
    return this.ended === undefined;
  }

  get logs(): ProcessOutput['logs'] {
    return this.output.logs;
  }

  /** GET with the operator's token; `{ token: undefined }` sends none. */
  get(path: string, call: HttpCall = {}): Promise<HttpAnswer> {
    return fetchAnswer(this.url + path, { token: this.token, ...call });
  }

  /** POST with the operator's token and a JSON body (`{}` unless given). */
  post(path: string, body: unknown = {}, call: HttpCall = {}): Promise<HttpAnswer> {
    return fetchAnswer(this.url + path, { token: this.token, method: 'POST', body, ...call });
  }

  /** A response that stays open (an event stream). Destroy it. */
  open(path: string, call: HttpCall = {}): Promise<IncomingMessage> {
    return open(this.url + path, { token: this.token, ...call });
  }

  waitForLog(fields: Readonly<Record<string, unknown>>, options: WaitOptions = {}) {
    return this.output.waitForLog(fields, options);
  }

  /** Asks a route until its answer fits. Fails at once when the process ends meanwhile. */
  async waitForRoute(
    path: string,
    fits: (answer: HttpAnswer) => boolean = ({ status }) => status === 200,
    options: WaitOptions = {},
  ): Promise<HttpAnswer> {
    let last: HttpAnswer | undefined;
    const describe = () =>
      `GET ${path} of ${this.name}; its last answer was ${last?.status} ${last?.text}; it printed\n${this.output.lastLines()}`;
    const answer = await waitFor<HttpAnswer | 'ended' | undefined>(
      async () => {
        if (!this.running) return 'ended';
        last = await this.get(path);
        return fits(last) ? last : undefined;
      },
      { describe, ...options },
    );
    if (answer === 'ended') throw this.endedError(`before GET ${path} answered as expected`);
    return answer;
  }

  /** Waits until `GET /control/status` shows the state. */
  waitForState(state: string, options: WaitOptions = {}): Promise<HttpAnswer> {
    const fits = ({ body }: HttpAnswer) =>
      (body as { status?: { connectionState?: unknown } } | undefined)?.status?.connectionState === state;
    return this.waitForRoute('/control/status', fits, options);
  }

  /** Sends a signal; await `exited` for its effect. */
  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.signals.push(signal);
    this.child.kill(signal);
  }

  pause(): void {
    this.kill('SIGSTOP');
  }

  resume(): void {
    this.kill('SIGCONT');
  }

  /** Ends it hard, in whatever state it is. */
  async stop(): Promise<void> {
    this.kill('SIGKILL');
    await this.exited;
  }

  endedError(when: string): Error {
    const { code, signal } = this.ended ?? { code: null, signal: null };
    return new Error(
      `${this.name} ended with ${signal ?? `code ${code}`} ${when}; it printed\n${this.output.lastLines(30)}`,
    );
  }
}

/** Starts `node dist/main.js` (or `script`) as a process of its own. Refuses a `dist` that is not built from `src`. */
export async function startApi(options: ApiOptions = {}): Promise<ApiProcess> {
  if ((options.script ?? 'dist/').startsWith('dist/')) requireBuild();
  const port = Number(options.env?.PORT ?? (await freePort()));
  const env = { ...baseEnvironment(), CONTROL_TOKEN: TEST_TOKEN, PORT: String(port), ...options.env };
  const script = resolve(ROOT, options.script ?? 'dist/main.js');
  const args = [...(options.nodeArgs ?? []), script, ...(options.args ?? [])];
  const api = new ApiProcess(
    spawnGuarded(process.execPath, args, { cwd: ROOT, env }),
    port,
    env.CONTROL_TOKEN,
  );
  trackResource(api);
  if (options.until === 'spawned') return api;
  await api.waitForRoute('/health/live', () => true, { timeoutMs: options.timeoutMs ?? 20_000 });
  return api;
}

let buildWasChecked = false;

function requireBuild(): void {
  if (!buildWasChecked && !buildIsCurrent(ROOT)) {
    throw new Error(
      'dist is missing or was not built from the sources as they are now: run `npm run build` first',
    );
  }
  buildWasChecked = true;
}

/** Nothing of the developer's own settings may reach the process under test; look-ups of the public IP are off. */
function baseEnvironment(): Record<string, string | undefined> {
  const { PATH, HOME } = process.env;
  return { PATH, HOME, PUBLIC_IP: 'off', NODE_NO_WARNINGS: '1' };
}
