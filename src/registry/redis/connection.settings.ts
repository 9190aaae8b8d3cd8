/**
 * Settings of the registry's own connections, tried one by one: with ioredis' defaults a claim whose reply was lost
 * is silently sent again, and a command that timed out is still sent after the reconnect.
 */
export interface ConnectionTimes {
  /** How long one command may take before its outcome counts as unknown. */
  readonly commandTimeoutMs: number;
  /** How long a connection may take to be made. Default: `commandTimeoutMs`, at least 1,000. */
  readonly connectTimeoutMs?: number;
}

/** Longest pause between two attempts to connect. */
const MAX_RETRY_DELAY_MS = 2_000;

/** Full jitter: after an outage the clients of a Redis come back spread out, not in step. */
export function jitteredDelayMs(attempt: number): number {
  const ceiling = Math.min(MAX_RETRY_DELAY_MS, 50 * 2 ** Math.min(attempt, 10));
  return Math.ceil(Math.random() * ceiling);
}

/** READONLY: this server is no longer the primary. LOADING: it has just restarted. A new connection asks anew. */
const reconnectOnError = (error: Error) => /^(?:READONLY|LOADING)\b/.test(error.message);

export function connectTimeoutMs({ commandTimeoutMs, connectTimeoutMs: own }: ConnectionTimes): number {
  return own ?? Math.max(1_000, commandTimeoutMs);
}

/** For a connection to one Redis, or through Sentinel. */
export function clientSettings(times: ConnectionTimes) {
  const { commandTimeoutMs } = times;
  return {
    commandTimeout: commandTimeoutMs,
    connectTimeout: connectTimeoutMs(times),
    // Only counts while a reply is awaited; a little longer, so that the command's own timeout speaks first.
    socketTimeout: commandTimeoutMs * 2,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    enableReadyCheck: true,
    enableAutoPipelining: false,
    autoResubscribe: false,
    retryStrategy: jitteredDelayMs,
    sentinelRetryStrategy: jitteredDelayMs,
    // One that hangs must not keep the others from being asked.
    sentinelCommandTimeout: connectTimeoutMs(times),
    reconnectOnError,
    // The keys are a contract with other tools.
    keyPrefix: '',
    // The forms of replies that are read here, whatever the application has set for its own.
    replyMapping: 'legacy' as const,
    stringNumbers: false,
    // Without it ioredis (5.11) asks whether Redis is ready before it has heard that its database is refused.
    disableClientInfo: false,
    lazyConnect: false,
    readOnly: false,
    disconnectTimeout: 100,
  };
}

/**
 * For Cluster. A command refused with MOVED or ASK was not executed and is followed to its node; nothing else is sent
 * twice. The first command for a node connects it and waits for that; others are refused until it is connected.
 */
export function clusterSettings(times: ConnectionTimes) {
  const { retryStrategy: clusterRetryStrategy, ...settings } = clientSettings(times);
  // ioredis refuses a command for a node that is just being connected. With nodes that connect by themselves these are its
  // own question whether the Cluster is up, after which it begins all over, and every command that was sent on by MOVED.
  const redisOptions = { ...settings, lazyConnect: true };
  return {
    clusterRetryStrategy,
    enableOfflineQueue: false,
    enableAutoPipelining: false,
    scaleReads: 'master',
    maxRedirections: 4,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    slotsRefreshInterval: 5_000,
    keyPrefix: '',
    lazyConnect: false,
    redisOptions,
  };
}
