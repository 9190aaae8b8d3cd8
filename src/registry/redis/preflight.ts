/**
 * Looks at a Redis before anything is claimed in it, and says in sentences what the person who runs it must change.
 *
 * Decides what is fit: a problem makes the promises of the registry void, a warning weakens them. Sees the settings of
 * this moment only, and on Cluster those of one primary.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../errors';
import { StoreUnavailableError } from '../registry.errors';
import type { LeaseConnection } from './connection';
import { readScript } from './observer.scripts';
import type { RedisLike } from './redis-like';
import { readInfo, type RedisInfo } from './redis-info';
import { missingRights } from './rights';
import { callScript } from './script';
import { storeUnavailable } from './store-failure';

export interface PreflightReport {
  /** Each is a reason not to start. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

export interface PreflightLimits {
  /** How long to wait for the connection. */
  readonly timeoutMs: number;
  /** Replication lag must stay below it. */
  readonly safetyMarginMs: number;
  /** How many replicas a claim waits for; 0 needs no right to wait. */
  readonly waitReplicas?: number;
}

/** Of each question that is not answered in time. */
const ATTEMPTS = 3;
/** For a connection that broke to be there again. */
const RECONNECT_MS = 200;
const OLDEST_VERSION = [6, 2] as const;

/** Never rejects: a Redis that does not answer is a problem in the report. */
export async function preflight(
  connection: LeaseConnection,
  limits: PreflightLimits,
): Promise<PreflightReport> {
  const problems: string[] = [];
  const warnings: string[] = [];
  const report = { problems, warnings };
  try {
    await connection.whenReady(limits.timeoutMs);
  } catch (error) {
    const { reason } = error instanceof StoreUnavailableError ? error : storeUnavailable('connecting', error);
    problems.push(unreachable(reason, connection.userName));
    return report;
  }
  const { client, userName } = connection;
  let info: RedisInfo;
  try {
    info = await untilAnswered(() => readInfo(client));
  } catch (error) {
    // A user that may not run INFO may lack more, and is told all of it.
    const lacks = isOfRights(error) ? await rightsProblems(connection, limits) : [];
    problems.push(...(lacks.length > 0 ? lacks : [refusal('INFO', error, userName)]));
    return report;
  }
  problems.push(...problemsOf(info));
  // Not asked of a Redis that is too old for the questions, or a replica, which would end the connection over them.
  if (problems.length === 0) problems.push(...(await rightsProblems(connection, limits)));
  warnings.push(...warningsOf(info), ...(await replicationWarnings(client, info, limits)));
  if (problems.length > 0) return report;
  try {
    await untilAnswered(() => callScript(client, readScript, { exchangeId: 1, requestId: randomUUID() }));
  } catch (error) {
    problems.push(refusal('a script on exchange:1:status', error, userName));
  }
  return report;
}

async function rightsProblems(
  { client, userName }: LeaseConnection,
  { waitReplicas = 0 }: PreflightLimits,
): Promise<string[]> {
  try {
    const missing = await untilAnswered(() => missingRights(client, { waitReplicas: waitReplicas > 0 }));
    return missing.length > 0 ? [lacking(userName, missing)] : [];
  } catch (error) {
    return [refusal('the commands that show the rights of the user', error, userName)];
  }
}

/** One late answer, or a connection that broke, is no reason not to start: it is asked again. Nothing that is asked here changes anything. */
async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === ATTEMPTS || !(isLate(error) || isOfConnection(error))) throw error;
      if (isOfConnection(error)) await sleep(RECONNECT_MS);
    }
  }
}

function isOfConnection(thrown: unknown): boolean {
  return /Connection is closed|isn't writeable/.test(messageOf(thrown));
}

function isLate(thrown: unknown): boolean {
  return messageOf(thrown).includes('timed out');
}

function problemsOf(info: RedisInfo): string[] {
  const problems: string[] = [];
  const [major = 0, minor = 0] = info.version.split('.').map(Number);
  if (major < OLDEST_VERSION[0] || (major === OLDEST_VERSION[0] && minor < OLDEST_VERSION[1])) {
    problems.push(`Redis ${info.version} is too old: use ${OLDEST_VERSION.join('.')} or newer.`);
  }
  if (info.role !== 'master') {
    problems.push(
      'This Redis is a replica and refuses writes: point REDIS_URL at the primary, or use Sentinel.',
    );
  }
  if (info.evictionPolicy !== 'noeviction' && info.maxMemoryBytes > 0) {
    problems.push(
      `Redis may evict claims: maxmemory-policy is ${info.evictionPolicy} and maxmemory is ${info.maxMemoryBytes} ` +
        `bytes. Set maxmemory-policy to noeviction, or use a Redis of its own for the registry.`,
    );
  }
  return problems;
}

function warningsOf(info: RedisInfo): string[] {
  if (info.evictionPolicy === 'noeviction' || info.maxMemoryBytes > 0) return [];
  return [
    `maxmemory-policy is ${info.evictionPolicy}; harmless while maxmemory is 0, but once a limit is set Redis may ` +
      `evict claims. Set it to noeviction.`,
  ];
}

async function replicationWarnings(
  client: RedisLike,
  info: RedisInfo,
  { safetyMarginMs }: PreflightLimits,
): Promise<string[]> {
  if (info.replicas === 0) return [];
  if (!info.demandsReplicas) {
    return [
      `Redis has ${info.replicas} replica(s) but accepts writes without them: a failover can lose claims. Set ` +
        `min-replicas-to-write to 1 or more, and min-replicas-max-lag below the safety margin of ${safetyMarginMs} ms.`,
    ];
  }
  const lagMs = await maxLagMs(client);
  if (lagMs === null || lagMs < safetyMarginMs) return [];
  return [
    `min-replicas-max-lag is ${lagMs / 1000} s, which is not below the safety margin of ${safetyMarginMs} ms: a ` +
      `failover can lose renewals that a holder relies on.`,
  ];
}

/** `null` when the user may not ask. */
async function maxLagMs(client: RedisLike): Promise<number | null> {
  try {
    const reply = await client.call('config', 'GET', 'min-replicas-max-lag');
    return Array.isArray(reply) && reply.length === 2 ? Number(reply[1]) * 1000 : null;
  } catch {
    return null;
  }
}

function unreachable(reason: string, userName: string): string {
  if (/\bNOAUTH\b/.test(reason)) return 'Redis demands a password: put it into REDIS_URL.';
  if (/WRONGPASS|invalid password|ERR AUTH/.test(reason)) {
    return 'Redis refuses the user name or the password of REDIS_URL.';
  }
  const command = /NOPERM.*to run the '([\w|]+)/.exec(reason)?.[1];
  if (command !== undefined) return lacking(userName, [`+${command}`]);
  // ioredis 6 says HELLO first, which Redis 5 does not know.
  if (/unknown command/i.test(reason)) return `Redis is too old: use ${OLDEST_VERSION.join('.')} or newer.`;
  if (/\bDB index\b/.test(reason)) {
    return `Redis does not have the database that REDIS_URL names: ${reason}. Name another (0 to 15, as a rule).`;
  }
  if (/certificate (?:has expired|is not yet valid)/i.test(reason)) {
    return `The certificate of Redis is not valid now: ${reason}. Renew it, or set the clock of this machine.`;
  }
  if (/altnames/i.test(reason)) {
    return `The certificate of Redis is for another name: ${reason}. Name Redis in REDIS_URL as its certificate does.`;
  }
  if (/certificate|self-signed/i.test(reason)) {
    return (
      `The certificate of Redis is not trusted: ${reason}. Give the file of its authority as ` +
      `NODE_EXTRA_CA_CERTS.`
    );
  }
  return `Redis is not reachable: ${reason}. Check REDIS_URL, and that Redis is running.`;
}

/** One line says all that is missing, and how to give it. */
function lacking(userName: string, rights: readonly string[]): string {
  const commands = rights
    .filter((right) => right.startsWith('+'))
    .map((right) => right.slice(1).toUpperCase());
  const patterns = rights.filter((right) => right.startsWith('~')).map((right) => right.slice(1));
  const lacks = [
    ...(commands.length > 0 ? [`may not run ${commands.join(', ')}`] : []),
    ...(patterns.length > 0 ? [`may not use keys like ${patterns.join(', ')}`] : []),
  ];
  return (
    `The Redis user ${userName} lacks rights that the registry needs: it ${lacks.join(', and it ')}. ` +
    `Run: ACL SETUSER ${userName} ${rights.join(' ')} (docs/redis-acl.md has the whole line, and why each is needed).`
  );
}

function isOfRights(thrown: unknown): boolean {
  return messageOf(thrown).startsWith('NOPERM');
}

function refusal(what: string, thrown: unknown, userName: string): string {
  const { reason } = storeUnavailable(what, messageOf(thrown));
  if (/NOPERM/.test(reason)) {
    return (
      `The Redis user ${userName} may not run ${what}, which the registry needs: ${reason}. Give it the rights of ` +
      `docs/redis-acl.md.`
    );
  }
  if (/NOAUTH/.test(reason)) return unreachable(reason, userName);
  if (isLate(thrown)) {
    return `Redis gave no answer in time to ${what}: ${reason}. Check that it is up, and not too busy for COMMAND_TIMEOUT_MS.`;
  }
  return `Redis does not run ${what}: ${reason}.`;
}
