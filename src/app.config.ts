/**
 * The configuration of the API: the only reader of the environment and the command line.
 *
 * Decides whether the process may start with what it was given. All that is wrong is reported at once, each
 * line beginning with the name the user gave. Nothing is known here of whether an address can be reached.
 */
import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { readFlags, USAGE } from './app.flags';
import {
  readSetting,
  SETTINGS,
  SettingProblem,
  type LogLevel,
  type NodeAddress,
  type SettingName,
  type SettingValues,
} from './app.settings';
import { ExchangeError } from './errors';
import { compileOptions, InvalidSettingError, type RegistryModuleOptions } from './registry/registry.options';

/** Where Redis is. Credentials of the nodes are in the URL, or beside the lists. */
export type RedisTarget =
  | { readonly kind: 'single'; readonly url: string }
  | {
      readonly kind: 'sentinel';
      readonly sentinels: readonly NodeAddress[];
      readonly name: string;
      readonly sentinelPassword: string | null;
      readonly sentinelTls: boolean;
      readonly credentials: RedisCredentials;
    }
  | {
      readonly kind: 'cluster';
      readonly nodes: readonly NodeAddress[];
      readonly credentials: RedisCredentials;
    };

export interface RedisCredentials {
  readonly username: string | null;
  readonly password: string | null;
  readonly tls: boolean;
}

export interface AppConfig {
  readonly redis: RedisTarget;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly controlToken: string;
  /** The token was made for this run and must be shown once. */
  readonly controlTokenIsNew: boolean;
  readonly viewerToken: string | null;
  readonly exchangesFile: string | null;
  /** Base address of a running simulator; `null`: started on demand. */
  readonly simulatorUrl: string | null;
  readonly registry: Omit<RegistryModuleOptions, 'redis' | 'exchange' | 'appVersion'>;
  readonly autostart: string | null;
  /** `--autostart` or `AUTOSTART`: how the user named it. */
  readonly autostartGivenAs: string;
  readonly standby: boolean;
  readonly logLevel: LogLevel;
  /** What must never be shown, wherever it may turn up. */
  readonly secrets: readonly string[];
}

/** Thrown when the process must not start with these settings. The message has one line for each problem. */
export class InvalidConfigurationError extends ExchangeError {
  readonly code = 'INVALID_SETTING';

  constructor(readonly problems: readonly SettingProblem[]) {
    super(problems.map((problem) => problem.line).join('\n'));
  }

  override get details() {
    return { problems: this.problems.map((problem) => problem.line) };
  }
}

/** What to print instead of starting, when the user asks what can be given; otherwise `null`. */
export function helpFor(args: readonly string[] = process.argv.slice(2)): string | null {
  return readFlags(args, []).help ? USAGE : null;
}

/** Reads and checks everything. An empty variable counts as not set. Throws `InvalidConfigurationError`. */
export function loadConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  args: readonly string[] = process.argv.slice(2),
): AppConfig {
  const problems: SettingProblem[] = [];
  const flags = readFlags(args, problems);
  const values = readValues(environment, flags.given, problems);
  const redis = redisTarget(values, problems);
  checkAccess(values, problems);
  const registry = registryOptions(values, problems);
  const autostartGivenAs = flags.given.get('AUTOSTART')?.flag ?? 'AUTOSTART';
  const wantsAutostart = flags.given.has('AUTOSTART') || values.AUTOSTART !== undefined;
  const mentionedAutostart = problems.some(({ name }) => name === '--autostart' || name === 'AUTOSTART');
  if (values.STANDBY === true && !wantsAutostart && !mentionedAutostart) {
    const name = flags.given.get('STANDBY')?.flag ?? 'STANDBY';
    problems.push(
      new SettingProblem(name, 'has nothing to wait for; say which exchange: --autostart <exchange>'),
    );
  }
  if (redis === null || problems.length > 0) throw new InvalidConfigurationError(problems);
  const controlToken = values.CONTROL_TOKEN ?? randomBytes(32).toString('base64url');
  return Object.freeze({
    redis,
    host: values.HOST ?? '127.0.0.1',
    port: values.PORT ?? 3000,
    controlToken,
    controlTokenIsNew: values.CONTROL_TOKEN === undefined,
    viewerToken: values.VIEWER_TOKEN ?? null,
    exchangesFile: values.EXCHANGES_FILE ?? null,
    simulatorUrl: values.SIMULATOR_URL ?? null,
    registry,
    autostart: values.AUTOSTART ?? null,
    autostartGivenAs,
    standby: values.STANDBY ?? false,
    logLevel: values.LOG_LEVEL ?? 'info',
    secrets: secretsOf(values, controlToken),
  });
}

function readValues(
  environment: Readonly<Record<string, string | undefined>>,
  flags: ReturnType<typeof readFlags>['given'],
  problems: SettingProblem[],
): SettingValues {
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const flag = flags.get(name);
    const raw = flag?.value ?? environment[name];
    if (raw !== undefined && raw !== '') values[name] = readSetting(name, raw, problems, flag?.flag);
  }
  return values as SettingValues;
}

/** What a `REDIS_URL` says itself, or has no use for. */
const BESIDE_THE_LISTS = [
  'REDIS_USERNAME',
  'REDIS_PASSWORD',
  'REDIS_TLS',
  'REDIS_SENTINEL_PASSWORD',
  'REDIS_SENTINEL_TLS',
] as const;

function redisTarget(values: SettingValues, problems: SettingProblem[]): RedisTarget | null {
  const refuse = (name: SettingName, problem: string) =>
    void problems.push(new SettingProblem(name, problem));
  const given = (['REDIS_URL', 'REDIS_SENTINELS', 'REDIS_CLUSTER_NODES'] as const).filter(
    (name) => values[name] !== undefined || problems.some((problem) => problem.name === name),
  );
  if (given.length > 1) refuse(given[0]!, `cannot be set together with ${given.slice(1).join(' and ')}`);
  if (given.length === 0)
    refuse('REDIS_URL', `is not set; the accepted form is ${SETTINGS.REDIS_URL.accepted}`);
  const credentials: RedisCredentials = {
    username: values.REDIS_USERNAME ?? null,
    password: values.REDIS_PASSWORD ?? null,
    tls: values.REDIS_TLS ?? false,
  };
  if (values.REDIS_SENTINELS !== undefined) {
    if (values.REDIS_SENTINEL_NAME === undefined) {
      refuse('REDIS_SENTINEL_NAME', 'is not set; REDIS_SENTINELS needs the name of the Sentinel group');
      return null;
    }
    return {
      kind: 'sentinel',
      sentinels: values.REDIS_SENTINELS,
      name: values.REDIS_SENTINEL_NAME,
      sentinelPassword: values.REDIS_SENTINEL_PASSWORD ?? null,
      sentinelTls: values.REDIS_SENTINEL_TLS ?? false,
      credentials,
    };
  }
  if (values.REDIS_CLUSTER_NODES !== undefined) {
    return { kind: 'cluster', nodes: values.REDIS_CLUSTER_NODES, credentials };
  }
  for (const name of BESIDE_THE_LISTS) {
    if (values.REDIS_URL !== undefined && values[name] !== undefined) {
      refuse(name, 'applies only with REDIS_SENTINELS or REDIS_CLUSTER_NODES; put it into REDIS_URL instead');
    }
  }
  return values.REDIS_URL === undefined ? null : { kind: 'single', url: values.REDIS_URL };
}

function checkAccess(values: SettingValues, problems: SettingProblem[]): void {
  const host = values.HOST ?? '127.0.0.1';
  if (values.CONTROL_TOKEN === undefined && !isLoopback(host)) {
    const problem = `${JSON.stringify(host)} is not a loopback address; to listen there, set CONTROL_TOKEN (${SETTINGS.CONTROL_TOKEN.accepted})`;
    problems.push(new SettingProblem('HOST', problem));
  }
  if (values.VIEWER_TOKEN !== undefined && values.VIEWER_TOKEN === values.CONTROL_TOKEN) {
    problems.push(
      new SettingProblem('VIEWER_TOKEN', 'must differ from CONTROL_TOKEN, or every viewer could command'),
    );
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** The registry's names of settings, as the environment spells them. */
const ENVIRONMENT_NAMES = {
  leaseTtlMs: 'LEASE_TTL_MS',
  heartbeatIntervalMs: 'HEARTBEAT_INTERVAL_MS',
  safetyMarginMs: 'SAFETY_MARGIN_MS',
  commandTimeoutMs: 'COMMAND_TIMEOUT_MS',
} as const;

function registryOptions(values: SettingValues, problems: SettingProblem[]): AppConfig['registry'] {
  const options: AppConfig['registry'] = {
    leaseTtlMs: values.LEASE_TTL_MS,
    heartbeatIntervalMs: values.HEARTBEAT_INTERVAL_MS,
    safetyMarginMs: values.SAFETY_MARGIN_MS,
    commandTimeoutMs: values.COMMAND_TIMEOUT_MS,
    stopTimeoutMs: values.STOP_TIMEOUT_MS,
    emptyRedisGrace: values.EMPTY_REDIS_GRACE === false ? 'off' : 'on',
    waitReplicas: values.WAIT_REPLICAS,
    watchdog: values.WATCHDOG === true ? 'on' : 'off',
    publicIp: values.PUBLIC_IP ?? 'auto',
    admin: { email: values.ADMIN_EMAIL ?? null, displayName: values.ADMIN_NAME ?? null },
  };
  const times: readonly string[] = Object.values(ENVIRONMENT_NAMES);
  if (!problems.some(({ name }) => times.includes(name))) checkRelations(options, problems);
  return options;
}

/** One relation is reported at a time; the second look, with a TTL that fits any heartbeat, finds the other. */
function checkRelations(options: AppConfig['registry'], problems: SettingProblem[]): void {
  try {
    compileOptions(options);
  } catch (error) {
    if (!(error instanceof InvalidSettingError)) throw error;
    problems.push(inEnvironmentNames(error));
    const heartbeatIntervalMs = options.heartbeatIntervalMs ?? Math.floor((options.leaseTtlMs ?? 45_000) / 3);
    if (error.setting === 'heartbeatIntervalMs' && heartbeatIntervalMs <= 28_800_000) {
      checkRelations(
        { ...options, heartbeatIntervalMs, safetyMarginMs: 10, leaseTtlMs: 86_400_000 },
        problems,
      );
    }
  }
}

function inEnvironmentNames({ setting, problem }: InvalidSettingError): SettingProblem {
  const names = Object.entries(ENVIRONMENT_NAMES);
  const [name, sentence] = [setting, problem].map((text) =>
    names.reduce((renamed, [from, to]) => renamed.replaceAll(from, to), text),
  );
  return new SettingProblem(name!, sentence!);
}

/** Everything that must not be shown, in each spelling in which it may turn up. */
function secretsOf(values: SettingValues, controlToken: string): string[] {
  const inUrl = values.REDIS_URL === undefined ? '' : new URL(values.REDIS_URL).password;
  const all = [
    controlToken,
    values.VIEWER_TOKEN,
    values.REDIS_PASSWORD,
    values.REDIS_SENTINEL_PASSWORD,
    inUrl,
    unquoted(inUrl),
  ];
  return all.filter((secret): secret is string => secret !== undefined && secret !== '');
}

function unquoted(quoted: string): string {
  try {
    return decodeURIComponent(quoted);
  } catch {
    return quoted;
  }
}
