/**
 * The status of an exchange as published in Redis: who holds it, since when, in which state.
 *
 * Decides how the payload is written and how any payload found there is read. Reading never throws: what an
 * outsider or an older program put there is a finding, not a failure.
 */
import { z } from 'zod';
import { CONNECTION_STATES } from '../state-machine/connection-state';

/** Version of the payload written by this release. A higher one is read as far as it is understood. */
export const STATUS_SCHEMA_VERSION = 2;

/** A payload longer than this, in characters, is not one of ours and is not parsed. */
export const MAX_STATUS_LENGTH = 65_536;

const timestamp = z.iso.datetime();

export const startupSchema = z.object({
  phase: z.string(),
  percent: z.number(),
  current: z.number(),
  total: z.number(),
  item: z.string().nullable(),
});

/**
 * Proof material for recognising a dead process of the same machine: kernel boot, pid namespace and start time
 * (clock ticks since boot) of the process. `null` where the platform does not tell.
 */
export const processIdentitySchema = z.object({
  bootId: z.string(),
  pidNamespace: z.string(),
  startTicks: z.string(),
});

/** The whole payload. Times are ISO 8601 in UTC; what is absent is `null`. */
export const exchangeStatusSchema = z.object({
  schemaVersion: z.number().int().min(1),
  /** New at every process start. */
  instanceId: z.string().min(1),
  /** New at every claim. */
  claimId: z.string().min(1),
  exchangeId: z.number().int().min(1),
  exchangeName: z.string(),
  hostname: z.string(),
  pid: z.number().int(),
  /** Public address; `null` until it is known, or when it is turned off. */
  ipAddress: z.string().nullable(),
  appVersion: z.string(),
  adminEmail: z.string().nullable(),
  adminDisplayName: z.string().nullable(),
  connectionState: z.enum(CONNECTION_STATES),
  isPaused: z.boolean(),
  symbolCount: z.number().int().min(0),
  registeredAt: timestamp,
  /** Set on entering `active`. */
  connectedAt: timestamp.nullable(),
  lastHeartbeat: timestamp,
  lastStateChange: timestamp,
  lastError: z.string().nullable(),
  lastErrorAt: timestamp.nullable(),
  /** Grows with every write under one claim, so that a write delivered late changes nothing. */
  revision: z.number().int().min(0),
  process: processIdentitySchema.nullable(),
  startup: startupSchema.nullable(),
  fencingToken: z.number().int().min(1),
});

export type StartupStatus = z.infer<typeof startupSchema>;
export type ProcessIdentity = z.infer<typeof processIdentitySchema>;
export type ExchangeStatus = z.infer<typeof exchangeStatusSchema>;

/** What every program that ever wrote this key left in it; enough to name the holder. */
const partialHolderSchema = exchangeStatusSchema
  .partial()
  .catchall(z.unknown())
  .extend({
    instanceId: z.string().min(1),
  });

/** What was found under the status key. */
export type StatusReading =
  /** A payload of this or a compatible version. */
  | { readonly kind: 'status'; readonly status: ExchangeStatus }
  /** A holder of an older or newer program: named as far as its payload can be understood. */
  | { readonly kind: 'partial'; readonly holder: Partial<ExchangeStatus> & { readonly instanceId: string } }
  /** Not a status at all. `problem` says what was found, without quoting it. */
  | { readonly kind: 'garbage'; readonly problem: string };

/** Reads whatever is under the key. Never throws. */
export function readStatus(payload: string): StatusReading {
  if (payload.length > MAX_STATUS_LENGTH) {
    return { kind: 'garbage', problem: `a value of ${payload.length} characters` };
  }
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    return { kind: 'garbage', problem: `a value of ${payload.length} characters that is not JSON` };
  }
  const whole = exchangeStatusSchema.safeParse(value);
  if (whole.success) return { kind: 'status', status: whole.data };
  return readPartial(value);
}

/** Keeps the fields that are understood, drops the others, as long as an instance is named. */
function readPartial(value: unknown): StatusReading {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { kind: 'garbage', problem: 'JSON that is not an object' };
  }
  const understood = Object.fromEntries(
    Object.entries(exchangeStatusSchema.shape).flatMap(([field, schema]) => {
      const parsed = schema.safeParse(Reflect.get(value, field));
      return parsed.success ? [[field, parsed.data]] : [];
    }),
  );
  const holder = partialHolderSchema.safeParse(understood);
  if (holder.success) return { kind: 'partial', holder: holder.data };
  return { kind: 'garbage', problem: 'a JSON object that names no instanceId' };
}
