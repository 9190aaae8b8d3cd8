/**
 * The registry's own connections to Redis, made from any client of the application by duplicating it.
 *
 * Decides how a connection behaves when Redis does not: no offline queue, no retries, no silent re-sending, every
 * command bounded in time. Does not touch the client it was given, and does not decide what a failure means.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../errors';
import type { StoreUnavailableError } from '../registry.errors';
import {
  clientSettings,
  clusterSettings,
  connectTimeoutMs,
  type ConnectionTimes,
} from './connection.settings';
import type { RedisLike } from './redis-like';
import { storeUnavailable } from './store-failure';

/** An ioredis client: standalone, Sentinel or Cluster, of any version that can duplicate itself. */
export interface DuplicableClient {
  duplicate(...args: never[]): unknown;
}

/** A `RedisService` of @liaoliaots/nestjs-redis, whose default client is taken. */
export interface RedisServiceLike {
  getOrThrow(namespace?: string | symbol): DuplicableClient;
}

export type RedisSource = DuplicableClient | RedisServiceLike;

/** A node of a Cluster, as far as it is handled here. */
interface ClusterNode {
  readonly status: string;
  connect(): Promise<unknown>;
  once(event: 'ready' | 'end', listener: () => void): unknown;
}

/** A client that belongs to the registry. */
export interface OwnClient extends RedisLike {
  /** Of a Cluster. */
  nodes?(role: 'master'): readonly ClusterNode[];
  /** `ready` when commands can be sent, `end` when it will not come back. */
  readonly status: string;
  on(event: string, listener: (value: never) => void): unknown;
  off(event: string, listener: (value: never) => void): unknown;
  disconnect(reconnect?: boolean): void;
}

/** Errors that no further attempt will cure: credentials, and a certificate that is not trusted, not valid, or another's. */
const REFUSED =
  /\b(?:NOAUTH|WRONGPASS|NOPERM|ERR AUTH|ERR invalid password)\b|certificate|self-signed|altnames/;

/** What ioredis says of its own requests when a connection ends under them. */
const CONSEQUENCE = /^(?:Stream isn't writeable|Connection is closed)/;

/** Why a database may be refused that is there a moment later. */
const PASSING = /^(?:BUSY|LOADING|MASTERDOWN|ERR max number of clients)\b/;

export class LeaseConnection {
  readonly client: OwnClient;
  private readonly source: DuplicableClient;
  private readonly readers = new Set<OwnClient>();
  private bulkClient: OwnClient | null = null;
  private readonly waiting = new Set<(failure: StoreUnavailableError) => void>();
  private lastFailure: { readonly error: Error; readonly isFinal: boolean } | null = null;
  private closing = false;

  constructor(
    source: RedisSource,
    private readonly times: ConnectionTimes,
  ) {
    this.source = 'getOrThrow' in source ? source.getOrThrow() : source;
    this.client = this.openLasting();
  }

  /**
   * Resolves once commands can be sent; on Cluster, to every primary that can be reached in time. Rejects with a `StoreUnavailableError` that carries the last connection error
   * after `timeoutMs`, at once when Redis refuses the credentials or the database, or its certificate is refused, and
   * when the connection is closed meanwhile.
   */
  whenReady(timeoutMs: number): Promise<void> {
    return this.whenUsable(this.client, timeoutMs);
  }

  /**
   * For long replies, which would keep those to a renewal waiting. Opened by the first who asks, and closed with the rest. Waited
   * for only where Redis is known to be there: when it is away, commands fail at once, here as on `client`. Rejects with a
   * `StoreUnavailableError`.
   */
  async forBulk(): Promise<OwnClient> {
    if (this.closing) throw wasClosed();
    const client = (this.bulkClient ??= this.openLasting());
    if (this.client.status === 'ready') await this.whenUsable(client, connectTimeoutMs(this.times));
    return client;
  }

  private async whenUsable(client: OwnClient, timeoutMs: number): Promise<void> {
    const began = performance.now();
    await this.whenConnected(client, timeoutMs);
    if (client.isCluster !== true) return;
    const leftMs = Math.max(0, timeoutMs - (performance.now() - began));
    const over = new AbortController();
    const { signal } = over;
    await Promise.race([connectPrimaries(client), sleep(leftMs, undefined, { signal })]).finally(() =>
      over.abort(),
    );
  }

  private whenConnected(client: OwnClient, timeoutMs: number): Promise<void> {
    if (client.status === 'ready') return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (failure?: StoreUnavailableError) => {
        clearTimeout(timer);
        this.waiting.delete(settle);
        client.off('ready', onReady);
        client.off('error', onError);
        if (failure) reject(failure);
        else resolve();
      };
      const onReady = () => settle();
      const onError = (error: Error) => {
        if (isFinal(error)) settle(storeUnavailable('connecting', copyOf(error)));
      };
      const onTimeout = () =>
        settle(
          storeUnavailable(
            'connecting',
            this.lastFailure?.error ?? new Error(`no answer within ${timeoutMs} ms`),
          ),
        );
      const timer = setTimeout(onTimeout, timeoutMs);
      this.waiting.add(settle);
      client.on('ready', onReady);
      client.on('error', onError);
      if (this.lastFailure?.isFinal === true) settle(storeUnavailable('connecting', this.lastFailure.error));
    });
  }

  /** As whom Redis knows these connections; for messages. */
  get userName(): string {
    const own: unknown = Reflect.get(this.source, 'options');
    const name: unknown = Reflect.get({ ...(own as object | undefined), ...this.nodeOptions() }, 'username');
    return typeof name === 'string' && name !== '' ? name : 'default';
  }

  /** After `close`: whoever follows a stream ends. */
  get isClosed(): boolean {
    return this.closing;
  }

  /**
   * A connection for one blocking read at a time, each of at most `blockMs`. It does not come back by itself: after
   * an error open another. Give it back with `closeReader`.
   */
  openReader(blockMs: number): OwnClient {
    const reader = this.open(
      {
        // Only an answer may be that late.
        connectTimeoutMs: connectTimeoutMs(this.times),
        commandTimeoutMs: blockMs + this.times.commandTimeoutMs,
      },
      { retryStrategy: () => null, enableOfflineQueue: true },
    );
    this.readers.add(reader);
    return reader;
  }

  closeReader(reader: OwnClient): void {
    this.readers.delete(reader);
    reader.disconnect();
  }

  /** Closes every connection that was opened here. Resolves when they are closed. */
  async close(): Promise<void> {
    this.closing = true;
    for (const settle of this.waiting) settle(wasClosed());
    const lasting = this.bulkClient === null ? [this.client] : [this.client, this.bulkClient];
    await Promise.all([...lasting, ...this.readers].map(closed));
    this.readers.clear();
  }

  /** One that comes back by itself. */
  private openLasting(): OwnClient {
    const client = this.open(this.times);
    client.on('ready', () => void connectPrimaries(client));
    return client;
  }

  private open(times: ConnectionTimes, override: object = {}): OwnClient {
    const isCluster = Reflect.get(this.source, 'isCluster') === true;
    const duplicate = this.source.duplicate.bind(this.source) as (...args: unknown[]) => OwnClient;
    const cluster = clusterSettings(times);
    const client = isCluster
      ? duplicate(undefined, {
          ...cluster,
          redisOptions: { ...this.nodeOptions(), ...cluster.redisOptions },
          ...forCluster(override),
        })
      : duplicate({ ...clientSettings(times), ...override });
    // Without a listener ioredis prints to the console; with one, an outage is told by the outcome of the commands.
    client.on('error', (error: Error) => {
      // What comes of the disconnection below is no news.
      if (this.lastFailure === null || !CONSEQUENCE.test(error.message))
        this.lastFailure = { error: copyOf(error), isFinal: isFinal(error) };
      // ioredis would go on in database 0, where other claims may be, also when the refusal came too late for it to hear.
      const isUnheard = client.status === 'connect' && error.message === 'Command timed out';
      if (isOfSelect(error) || isUnheard) client.disconnect(true);
    });
    client.on('ready', () => {
      this.lastFailure = null;
    });
    stopSocketTimerOnClose(client);
    return client;
  }

  /** What the application set for the nodes of its Cluster: credentials, TLS. */
  private nodeOptions(): object {
    const options: unknown = Reflect.get(this.source, 'options');
    if (typeof options !== 'object' || options === null) return {};
    const nodeOptions: unknown = Reflect.get(options, 'redisOptions');
    return typeof nodeOptions === 'object' && nodeOptions !== null ? nodeOptions : {};
  }
}

function wasClosed(): StoreUnavailableError {
  return storeUnavailable('connecting', new Error('it was closed'));
}

function forCluster(override: object): object {
  return 'retryStrategy' in override
    ? { clusterRetryStrategy: override.retryStrategy, enableOfflineQueue: true }
    : {};
}

/**
 * Connects each primary that was not needed yet: ioredis lets the first command for a node connect it, and refuses all others
 * until that is done. Resolves when each is connected or surely not; never rejects.
 */
async function connectPrimaries(client: OwnClient): Promise<void> {
  await Promise.all((client.nodes?.('master') ?? []).map(connected));
}

function connected(node: ClusterNode): Promise<void> {
  return new Promise((resolve) => {
    if (node.status === 'ready' || node.status === 'end') return resolve();
    node.once('ready', resolve);
    node.once('end', resolve);
    // Its errors are told by the outcome of the commands.
    if (node.status === 'wait') node.connect().catch(() => undefined);
  });
}

/**
 * ioredis (5.11, 6.0) leaves the timer of `socketTimeout` running when a connection closes under a waiting command: it
 * would later destroy the next, healthy connection, and keeps an ending process alive.
 */
function stopSocketTimerOnClose(client: OwnClient): void {
  client.on('close', () => {
    clearTimeout(Reflect.get(client, 'socketTimeoutTimer') as NodeJS.Timeout | undefined);
    Reflect.set(client, 'socketTimeoutTimer', undefined);
  });
  if (client.isCluster === true) client.on('+node', stopSocketTimerOnClose);
}

/** The client's errors carry commands with their arguments; only the message is kept, on Cluster that of the node. */
function copyOf(clientError: Error): Error {
  const nodeError: unknown = Reflect.get(clientError, 'lastNodeError');
  const error = nodeError instanceof Error ? nodeError : clientError;
  const { code } = error as NodeJS.ErrnoException;
  return new Error(messageOf(error) || code || 'the connection failed');
}

function isFinal(error: Error): boolean {
  const { message } = copyOf(error);
  return REFUSED.test(message) || (isOfSelect(error) && !PASSING.test(message));
}

function isOfSelect(error: Error): boolean {
  const command: unknown = Reflect.get(error, 'command');
  return typeof command === 'object' && command !== null && Reflect.get(command, 'name') === 'select';
}

/** How long a connection may take to say that it is closed. */
const CLOSE_TIMEOUT_MS = 1_000;

function closed(client: OwnClient): Promise<void> {
  const isBetweenAttempts = client.status === 'reconnecting' || client.status === 'end';
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, isBetweenAttempts ? 0 : CLOSE_TIMEOUT_MS);
    client.on('end', () => {
      clearTimeout(timer);
      resolve();
    });
    client.disconnect();
  });
}
