/**
 * A real Redis server of a test's own: a child process on a loopback port that ends with the test run, even when
 * that is killed. Starting one takes about 50 ms.
 */
import { type ChildProcess, execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Redis, type RedisOptions } from 'ioredis';
import { findRedisServer } from '../../scripts/redis/find.mjs';
import { launchRedis } from '../../scripts/redis/launch.mjs';
import { type LiveResource, forgetResource, trackResource } from './live-resources';
import { ShiftedClock } from './shifted-clock';
import { ACL_PASSWORD, ACL_USER, documentedRules, everyServerHasAcl } from './redis-acl';

export interface RedisServerOptions {
  /** Further settings, as on the command line: `['--maxmemory', '2mb']`. */
  readonly args?: readonly string[];
  /** Must be this port; otherwise any free one. */
  readonly port?: number;
  readonly password?: string;
  /**
   * `url` names the user of docs/redis-acl.md, with the rights written there; `client()` may do everything. Unless given,
   * as the test run wants it, and not on a server with a password of its own.
   */
  readonly acl?: boolean;
  /** Its wall clock can be set (`shiftedClock`). */
  readonly shiftsClock?: boolean;
}

export class RedisServer implements LiveResource {
  private stopped = false;

  private constructor(
    private readonly binary: string,
    private readonly folder: string,
    private readonly options: RedisServerOptions,
    /** Of a server that was started with `shiftsClock`. Also over its restarts. */
    readonly shiftedClock: ShiftedClock | null,
    private child: ChildProcess,
    readonly port: number,
  ) {}

  /** Use `startRedis`. */
  static async start(options: RedisServerOptions): Promise<RedisServer> {
    const binary = findRedisServer({ path: process.env.PATH, root: resolve(__dirname, '../..') });
    if (binary === undefined)
      throw new Error('No redis-server found on this machine: run `npm test`, which installs one');
    const folder = await mkdtemp(join(tmpdir(), 'redis-'));
    const clock = options.shiftsClock === true ? await ShiftedClock.in(folder) : null;
    const { child, port } = await launch(binary, folder, options, clock, options.port);
    const server = new RedisServer(binary, folder, options, clock, child, port);
    trackResource(server);
    return server;
  }

  get name(): string {
    return `redis-server ${this.pid} on port ${this.port}`;
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  /** As the API is given it. */
  get url(): string {
    return hasAcl(this.options)
      ? `redis://${ACL_USER}:${ACL_PASSWORD}@127.0.0.1:${this.port}`
      : this.adminUrl;
  }

  /** What is in `url`, for those who reach this server by another way. */
  get credentials(): { readonly username?: string; readonly password?: string } {
    if (hasAcl(this.options)) return { username: ACL_USER, password: ACL_PASSWORD };
    const { password } = this.options;
    return password === undefined ? {} : { password };
  }

  private get adminUrl(): string {
    const { password } = this.options;
    return `redis://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}127.0.0.1:${this.port}`;
  }

  /** The same as settings of the API that finds it by Sentinel or as a Cluster. */
  get credentialsEnv(): { readonly REDIS_USERNAME?: string; readonly REDIS_PASSWORD?: string } {
    const { username, password } = this.credentials;
    return { REDIS_USERNAME: username, REDIS_PASSWORD: password };
  }

  /** What an application hands to the registry: a client that never connects itself, with the rights of `url`. */
  application(options: RedisOptions = {}): Redis {
    const { port, credentials } = this;
    return new Redis({ host: '127.0.0.1', port, ...credentials, lazyConnect: true, ...options });
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** A new client that may do everything, closed by `useCleanUp` after the test. Its connection errors are silent: commands show them. */
  client(options: RedisOptions = {}): Redis {
    // A short disconnect timeout: by default ioredis keeps a timer for 2 s when the server has gone first.
    const client = new Redis(this.adminUrl, { disconnectTimeout: 50, ...options });
    const resource = { name: `client of ${this.name}`, stop: async () => client.disconnect() };
    client.on('error', () => {});
    client.once('end', () => forgetResource(resource));
    trackResource(resource);
    return client;
  }

  /** Gives the user of `url` further rights, where it is one with few: those that docs/redis-acl.md names for a case of its own. */
  async allow(...rights: string[]): Promise<void> {
    if (!hasAcl(this.options)) return;
    const client = this.client();
    await client.acl('SETUSER', ACL_USER, ...rights);
    client.disconnect();
  }

  /** Freezes the server: connections stay open, nothing is answered. */
  pause(): void {
    this.child.kill('SIGSTOP');
  }

  resume(): void {
    this.child.kill('SIGCONT');
  }

  /** Ends the server as a crash does; what it did not write to disk is lost. Clients go on trying to reconnect. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Ends the server and starts it again on its port: with its data, also that in memory, or empty. */
  async restart({ keepData }: { keepData: boolean }): Promise<void> {
    if (keepData && this.running) await this.save();
    await this.end('SIGKILL');
    if (!keepData) {
      await rm(join(this.folder, 'dump.rdb'), { force: true });
      await rm(join(this.folder, 'appendonlydir'), { force: true, recursive: true });
    }
    this.child = (await launch(this.binary, this.folder, this.options, this.shiftedClock, this.port)).child;
  }

  /** Ends the server and removes its files. */
  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    await this.end('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
    forgetResource(this);
  }

  private async save(): Promise<void> {
    const client = this.client();
    await client.save();
    client.disconnect();
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (!this.running) return;
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.kill(signal);
    await ended;
  }
}

function launch(
  binary: string,
  folder: string,
  options: RedisServerOptions,
  clock: ShiftedClock | null,
  port: number | undefined,
) {
  const { args = [], password } = options;
  const debug = majorVersion(binary) >= 7 ? ['--enable-debug-command', 'local'] : [];
  return launchRedis({
    binary,
    folder,
    password,
    port,
    env: { ...process.env, ...clock?.env },
    logFile: join(folder, 'redis.log'),
    args: [...debug, ...(hasAcl(options) ? ['--user', ACL_USER, ...documentedRules()] : []), ...args],
  });
}

function hasAcl({ acl, password }: RedisServerOptions): boolean {
  return acl ?? (everyServerHasAcl && password === undefined);
}

function majorVersion(binary: string): number {
  return Number(/v=(\d+)/.exec(execFileSync(binary, ['--version'], { encoding: 'utf8' }))?.[1] ?? 0);
}

/** Starts a Redis server of the test's own. Stop it, or let `useCleanUp` do so. */
export function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  return RedisServer.start(options);
}
