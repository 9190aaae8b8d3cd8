/**
 * What a user may set, and what becomes of it: checked once, compiled into frozen settings.
 *
 * Decides whether the times fit together. A set that could let a claim expire under a working holder is refused.
 */
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { ExchangeError } from '../errors';
import type { RegistryAdapters } from './adapters';
import type { ExchangeIdentity } from './exchange-identity';
import type { RedisSource } from './redis/connection';
import { workOf, type Work } from './work-end';

/** Whom to ask about an instance. */
export interface AdminInfo {
  readonly email: string | null;
  readonly displayName: string | null;
}

/** Options of `RegistryModule`. Everything but `redis` (or `adapters`) has a default. */
export interface RegistryModuleOptions {
  /**
   * Any ioredis client (standalone, Sentinel or Cluster), or a `RedisService` of @liaoliaots/nestjs-redis. It is only
   * duplicated: the registry keeps connections of its own, with its own settings, and closes them.
   */
  readonly redis?: RedisSource;
  /** Other adapters of the ports instead of Redis: `memoryAdapters()` in tests. */
  readonly adapters?: RegistryAdapters;
  /**
   * Register this exchange in `onApplicationBootstrap` and deregister in `beforeApplicationShutdown`. Without it the
   * application calls `InstanceRegistry.register` itself.
   */
  readonly exchange?: ExchangeIdentity;
  /**
   * With `exchange`: how the work ends. Without it an end waits for no work: the lease's `signal` is aborted, and the exchange given
   * back at once. Only `Lease.assertHeld` before each effect then keeps work from going on beside the next holder.
   */
  readonly work?: Work;
  /** Whom to ask about this instance: in the status and in refusals. Default nobody; `InstanceRegistry.setAdminInfo` changes it. */
  readonly admin?: Partial<AdminInfo>;
  /** Shown in the status. Default `0.0.0`. */
  readonly appVersion?: string;
  /** Default `os.hostname()`. */
  readonly hostname?: string;
  /**
   * How long a claim lasts without renewal: the longest time an exchange stays blocked after its holder died.
   * Milliseconds, 500 or more, default 45,000.
   */
  readonly leaseTtlMs?: number;
  /** Time between renewals. Milliseconds, 50 or more, default a third of the TTL (15,000). */
  readonly heartbeatIntervalMs?: number;
  /**
   * How long before the expiry in Redis an unrenewed holder stops working: covers clock rates that differ and the
   * time to abort. Milliseconds, 10 or more, default a ninth of the TTL (5,000).
   */
  readonly safetyMarginMs?: number;
  /** How long one command may take before its outcome counts as unknown. Default a fifth of the heartbeat (3,000). */
  readonly commandTimeoutMs?: number;
  /** Bound of an orderly stop of the work; after it the work is aborted. Milliseconds, default 10,000. */
  readonly stopTimeoutMs?: number;
  /**
   * Whether claims wait when Redis may have lost its memory. `off` trusts a Redis known to be new and used by nobody
   * else. Default `on`.
   */
  readonly emptyRedisGrace?: 'on' | 'off';
  /** Replicas that must have confirmed a claim before it counts. Default 0: the claim of the primary counts. */
  readonly waitReplicas?: number;
  /** Public address in the status: `auto` asks services on the internet in the background. Default `off`. */
  readonly publicIp?: string;
  /** Ends the process when its main thread is still blocked at the lease's deadline. Default `off`. */
  readonly watchdog?: 'on' | 'off';
}

/** Compiled options: nothing optional, everything checked. */
export interface RegistrySettings {
  readonly exchange: ExchangeIdentity | null;
  readonly work: Work | null;
  readonly admin: AdminInfo;
  readonly appVersion: string;
  readonly hostname: string;
  readonly leaseTtlMs: number;
  readonly heartbeatIntervalMs: number;
  readonly safetyMarginMs: number;
  readonly commandTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly emptyStoreGrace: boolean;
  readonly waitReplicas: number;
  readonly publicIp: string;
  readonly watchdog: boolean;
}

/** Thrown when a setting, or a relation between two settings, is not acceptable. The message begins with its name. */
export class InvalidSettingError extends ExchangeError {
  readonly code = 'INVALID_SETTING';

  constructor(
    readonly setting: string,
    readonly problem: string,
  ) {
    super(`${setting}: ${problem}`);
  }

  override get details() {
    return { setting: this.setting, problem: this.problem };
  }
}

/** Fills in the defaults, checks every value and every relation. Throws `InvalidSettingError`. */
export function compileOptions(options: RegistryModuleOptions): RegistrySettings {
  const leaseTtlMs = wholeNumber('leaseTtlMs', options.leaseTtlMs ?? 45_000, 500, 86_400_000);
  const heartbeatIntervalMs = wholeNumber(
    'heartbeatIntervalMs',
    options.heartbeatIntervalMs ?? Math.floor(leaseTtlMs / 3),
    50,
    86_400_000,
  );
  const settings: RegistrySettings = {
    exchange: options.exchange ? checkedExchange(options.exchange) : null,
    work: checkedWork(options.work),
    admin: {
      email: textOrNull('admin.email', options.admin?.email),
      displayName: textOrNull('admin.displayName', options.admin?.displayName),
    },
    appVersion: text('appVersion', options.appVersion ?? '0.0.0'),
    hostname: text('hostname', options.hostname ?? hostname()),
    leaseTtlMs,
    heartbeatIntervalMs,
    safetyMarginMs: wholeNumber(
      'safetyMarginMs',
      options.safetyMarginMs ?? Math.floor(leaseTtlMs / 9),
      10,
      86_400_000,
    ),
    commandTimeoutMs: wholeNumber(
      'commandTimeoutMs',
      options.commandTimeoutMs ?? Math.floor(heartbeatIntervalMs / 5),
      10,
      86_400_000,
    ),
    stopTimeoutMs: wholeNumber('stopTimeoutMs', options.stopTimeoutMs ?? 10_000, 0, 3_600_000),
    emptyStoreGrace: onOff('emptyRedisGrace', options.emptyRedisGrace ?? 'on'),
    waitReplicas: wholeNumber('waitReplicas', options.waitReplicas ?? 0, 0, 100, 'replicas'),
    publicIp: checkedPublicIp(options.publicIp ?? 'off'),
    watchdog: onOff('watchdog', options.watchdog ?? 'off'),
  };
  checkRelations(settings);
  return Object.freeze(settings);
}

function checkRelations(s: RegistrySettings): void {
  if (2 * s.heartbeatIntervalMs + s.safetyMarginMs > s.leaseTtlMs) {
    throw new InvalidSettingError(
      'heartbeatIntervalMs',
      `${s.heartbeatIntervalMs} ms is too long for leaseTtlMs ${s.leaseTtlMs} ms: ` +
        `2 * heartbeatIntervalMs + safetyMarginMs (${s.safetyMarginMs} ms) must not exceed leaseTtlMs, ` +
        `so that two renewals are due before work that could not renew is aborted`,
    );
  }
  if (s.commandTimeoutMs >= s.heartbeatIntervalMs / 2) {
    throw new InvalidSettingError(
      'commandTimeoutMs',
      `${s.commandTimeoutMs} ms is too long for heartbeatIntervalMs ${s.heartbeatIntervalMs} ms: ` +
        `it must be less than half of it`,
    );
  }
}

function wholeNumber(
  setting: string,
  value: unknown,
  least: number,
  most: number,
  unit = 'milliseconds',
): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most)
    return value;
  throw new InvalidSettingError(
    setting,
    `${shown(value)} is not a whole number of ${unit} from ${least} to ${most}`,
  );
}

/**
 * Characters of a text that is part of every status: a status that is too long is none. As long as an e-mail address can be.
 */
export const LONGEST_TEXT = 320;

function text(setting: string, value: unknown): string {
  if (typeof value === 'string' && value !== '' && value.length <= LONGEST_TEXT) return value;
  throw new InvalidSettingError(
    setting,
    `${shown(value).slice(0, 2 * LONGEST_TEXT)} is not a text of 1 to ${LONGEST_TEXT} characters`,
  );
}

function textOrNull(setting: string, value: unknown): string | null {
  return value === undefined || value === null ? null : text(setting, value);
}

function checkedWork(work: Work | undefined): Work | null {
  if (work === undefined || work === null) return null;
  for (const name of ['stopWork', 'onStuck'] as const) {
    const hook: unknown = Reflect.get(work, name);
    if (typeof hook !== 'function' && (name === 'stopWork' || hook !== undefined))
      throw new InvalidSettingError(`work.${name}`, `${shown(hook)} is not a function`);
  }
  return workOf(work);
}

function onOff(setting: string, value: unknown): boolean {
  if (value === 'on' || value === 'off') return value === 'on';
  throw new InvalidSettingError(setting, `${shown(value)} is neither "on" nor "off"`);
}

function checkedPublicIp(value: unknown): string {
  if (value === 'auto' || value === 'off' || (typeof value === 'string' && isIP(value) !== 0)) return value;
  throw new InvalidSettingError(
    'publicIp',
    `${shown(value)} is neither an IP address, nor "auto", nor "off"`,
  );
}

/** Throws `InvalidSettingError` unless it can be part of a key. */
export function checkedExchange({ id, name }: ExchangeIdentity): ExchangeIdentity {
  if (!Number.isSafeInteger(id) || id < 1) {
    throw new InvalidSettingError('exchange.id', `${shown(id)} is not a whole number from 1 upwards`);
  }
  return Object.freeze({ id, name: text('exchange.name', name) });
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
