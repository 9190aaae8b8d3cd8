/**
 * Every setting of the API, by its name in the environment: what is accepted, what holds without it.
 *
 * Decides about each value by itself; how values fit together is checked in app.config.ts. docs/settings.md
 * lists the same settings; a test keeps the two equal.
 */
import { isIP } from 'node:net';
import { z } from 'zod';

export interface Setting<T = unknown> {
  /** The accepted form, as it ends the sentence "is not …". */
  readonly accepted: string;
  /** What holds when it is not set, for a person. */
  readonly standard: string;
  /** A value of a secret is never shown. */
  readonly secret?: true;
  /** Reads the text of the environment. */
  readonly schema: z.ZodType<T, string>;
}

const DAY_MS = 86_400_000;

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** An address of a Redis node. */
export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

const text = z.string().min(1);
const adminName = text.max(320);
const email = z
  .string()
  .max(320)
  .regex(/^[^\s@]+@[^\s@]+$/);
const switches: Readonly<Record<string, boolean>> = {
  on: true,
  true: true,
  '1': true,
  off: false,
  false: false,
  '0': false,
};

const onOff = z
  .string()
  .refine((value) => Object.hasOwn(switches, value))
  .transform((value) => switches[value] === true);

function whole(least: number, most: number) {
  return z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.number().min(least).max(most));
}

/** A duration in milliseconds. */
function duration(least: number, most: number, standard: string): Setting<number> {
  return {
    accepted: `a whole number of milliseconds from ${least} to ${most}`,
    standard,
    schema: whole(least, most),
  };
}

function onOffSetting(standard: 'on' | 'off'): Setting<boolean> {
  return { accepted: '"on" (or true, 1) or "off" (or false, 0)', standard, schema: onOff };
}

const token: Setting<string>['schema'] = z.string().regex(/^[\x21-\x7e]{16,512}$/);
const TOKEN_FORM = '16 to 512 printable ASCII characters without spaces';

/** `host:port,host:port`; an IPv6 address in brackets. */
const nodes = z.string().transform((list, context): NodeAddress[] =>
  list.split(',').map((item) => {
    const match = /^(?<host>[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\]):(?<port>\d{1,5})$/.exec(item.trim());
    const port = Number(match?.groups?.port);
    if (match?.groups?.host === undefined || port < 1 || port > 65_535) {
      context.addIssue({ code: 'custom', message: 'not a list of host:port' });
      return z.NEVER;
    }
    return { host: match.groups.host.replace(/^\[|\]$/g, ''), port };
  }),
);
const NODES_FORM = 'a list host:port,host:port';

function urlOf(protocols: readonly string[], isFit: (url: URL) => boolean = () => true) {
  return z.string().refine((value) => {
    const url = URL.canParse(value) ? new URL(value) : null;
    return url !== null && protocols.includes(url.protocol) && url.hostname !== '' && isFit(url);
  });
}

/** As the client reads it, which decodes user and password. */
const redisUrl = urlOf(
  ['redis:', 'rediss:'],
  ({ username, password, pathname, searchParams }) =>
    isEncoded(username + password) &&
    // The client takes what is no number for database 0, and says nothing; on two databases, two hold one exchange.
    /^\/?\d{0,5}$/.test(pathname) &&
    !searchParams.has('db'),
)
  // Not as it was written: the client would connect to REDISS:// without TLS.
  .transform((value) => new URL(value).href);

function isEncoded(encoded: string): boolean {
  try {
    decodeURIComponent(encoded);
    return true;
  } catch {
    return false;
  }
}

export const SETTINGS = {
  REDIS_URL: {
    accepted:
      "redis://[user:password@]host[:port][/database's number], or with rediss:// for TLS; user and password percent-encoded",
    standard: 'none; it, REDIS_SENTINELS or REDIS_CLUSTER_NODES is needed',
    secret: true,
    schema: redisUrl,
  },
  REDIS_SENTINELS: { accepted: NODES_FORM, standard: 'none', schema: nodes },
  REDIS_SENTINEL_NAME: { accepted: 'the name of a Sentinel group', standard: 'none', schema: text },
  REDIS_SENTINEL_PASSWORD: { accepted: 'a password', standard: 'none', secret: true, schema: text },
  REDIS_SENTINEL_TLS: onOffSetting('off'),
  REDIS_CLUSTER_NODES: { accepted: NODES_FORM, standard: 'none', schema: nodes },
  REDIS_USERNAME: { accepted: 'a user name', standard: 'none', schema: text },
  REDIS_PASSWORD: { accepted: 'a password', standard: 'none', secret: true, schema: text },
  REDIS_TLS: onOffSetting('off'),
  HOST: {
    accepted: 'a host name or IP address to listen on',
    standard: '127.0.0.1',
    schema: z.string().refine((value) => isIP(value) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]*)$/.test(value)),
  },
  PORT: {
    accepted: 'a whole number from 0 to 65535 (0: any free port)',
    standard: '3000',
    schema: whole(0, 65_535),
  },
  CONTROL_TOKEN: {
    accepted: TOKEN_FORM,
    standard: 'one is made at every start and printed once; HOST must then be a loopback address',
    secret: true,
    schema: token,
  },
  VIEWER_TOKEN: { accepted: TOKEN_FORM, standard: 'none: no viewers', secret: true, schema: token },
  EXCHANGES_FILE: {
    accepted: 'the path of a JSON file',
    standard: 'the built-in catalogue',
    schema: text,
  },
  LEASE_TTL_MS: duration(500, DAY_MS, '45000'),
  HEARTBEAT_INTERVAL_MS: duration(50, DAY_MS, 'a third of LEASE_TTL_MS: 15000'),
  SAFETY_MARGIN_MS: duration(10, DAY_MS, 'a ninth of LEASE_TTL_MS: 5000'),
  COMMAND_TIMEOUT_MS: duration(10, DAY_MS, 'a fifth of HEARTBEAT_INTERVAL_MS: 3000'),
  STOP_TIMEOUT_MS: duration(0, 3_600_000, '10000'),
  EMPTY_REDIS_GRACE: onOffSetting('on'),
  WAIT_REPLICAS: { accepted: 'a whole number from 0 to 100', standard: '0', schema: whole(0, 100) },
  WATCHDOG: onOffSetting('off'),
  PUBLIC_IP: {
    accepted: 'an IP address, "auto" or "off"',
    standard: 'auto',
    schema: z.string().refine((value) => value === 'auto' || value === 'off' || isIP(value) !== 0),
  },
  ADMIN_NAME: { accepted: 'a name of at most 320 characters', standard: 'none', schema: adminName },
  ADMIN_EMAIL: { accepted: 'an e-mail address of at most 320 characters', standard: 'none', schema: email },
  SIMULATOR_URL: {
    accepted: 'an address that begins with http:// or https:// and has no "#"',
    standard: 'none: the API starts the simulator itself when it is asked for',
    // A path is added to it; what follows a # reaches no server.
    schema: urlOf(['http:', 'https:'], ({ href }) => !href.includes('#')),
  },
  AUTOSTART: { accepted: 'the name of an exchange in the catalogue', standard: 'none', schema: text },
  STANDBY: onOffSetting('off'),
  LOG_LEVEL: {
    accepted: `one of ${LOG_LEVELS.join(', ')}`,
    standard: 'info',
    schema: z.enum(LOG_LEVELS),
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;

/** What was read: `undefined` where nothing was set. */
export type SettingValues = { readonly [N in SettingName]?: z.output<(typeof SETTINGS)[N]['schema']> };

/** One setting or flag that is not acceptable. `line` begins with the name as the user gave it. */
export class SettingProblem {
  constructor(
    readonly name: string,
    readonly problem: string,
  ) {}

  get line(): string {
    return `${this.name}: ${this.problem}`;
  }
}

/** Reads one setting; pushes what is wrong with it. `givenAs` is the flag's name when it came by a flag. */
export function readSetting(
  name: SettingName,
  raw: string,
  problems: SettingProblem[],
  givenAs: string = name,
): unknown {
  const setting: Setting = SETTINGS[name];
  const parsed = setting.schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  // An address written where it does not belong may hold a password.
  const shown = setting.secret
    ? 'its value (not shown)'
    : JSON.stringify(raw.replace(/[^\s,]+@/g, '***@').slice(0, 200));
  problems.push(new SettingProblem(givenAs, `${shown} is not ${setting.accepted}`));
  return undefined;
}
