/** The registry's ports on Redis, on connections of their own. */
import type { RegistryAdapters } from '../adapters';
import { PreflightFailedError } from '../preflight.error';
import type { RegistrySettings } from '../registry.options';
import { LeaseConnection, type RedisSource } from './connection';
import { preflight } from './preflight';
import { RedisActivityLog } from './redis-activity-log';
import { RedisCommandQueue } from './redis-command-queue';
import { RedisFencedWriter } from './redis-fenced-writer';
import { RedisLeaseStore } from './redis-lease-store';

export function redisAdapters(source: RedisSource, settings: RegistrySettings): RegistryAdapters {
  const connection = new LeaseConnection(source, { commandTimeoutMs: settings.commandTimeoutMs });
  return {
    store: new RedisLeaseStore(connection.client, () => connection.forBulk()),
    log: new RedisActivityLog(connection),
    commands: new RedisCommandQueue(connection),
    writer: new RedisFencedWriter(connection.client),
    check: () => check(connection, settings),
    close: () => connection.close(),
  };
}

/** How long a Redis may take to be reached at start. */
const CONNECT_LIMIT_MS = 10_000;

async function check(
  connection: LeaseConnection,
  { safetyMarginMs, waitReplicas }: RegistrySettings,
): Promise<readonly string[]> {
  const limits = { timeoutMs: CONNECT_LIMIT_MS, safetyMarginMs, waitReplicas };
  const { problems, warnings } = await preflight(connection, limits);
  if (problems.length > 0) throw new PreflightFailedError(problems);
  return warnings;
}
