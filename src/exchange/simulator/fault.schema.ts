/** The faults that can be switched on, their fields, and the words that refuse a bad one. */
import { z } from 'zod';

function whole(min: number, max: number) {
  const accepted = { error: `a whole number from ${min} to ${max}` };
  return z.number(accepted).int(accepted).min(min, accepted).max(max, accepted);
}

const productField = z.string({ error: 'a product id of GET /products' }).optional();
const countField = whole(1, 1_000_000).optional();
const forMsField = whole(1, 86_400_000);
const delayMsField = whole(1, 600_000);

/** Ends after `count` uses, or `forMs` after it was switched on, whichever comes first; neither means one use. */
const limits = { product: productField, count: countField, forMs: forMsField.optional() };
/** A fault that is a span of time and has no uses to count. */
const span = { product: productField, forMs: forMsField };

const STATUS = { error: 'an HTTP status from 200 to 599' };
const statusField = z.number(STATUS).int(STATUS).min(200, STATUS).max(599, STATUS);
const CLOSE_CODE = { error: 'a WebSocket close code: 1000 to 1003, 1006 to 1014, or 3000 to 4999' };
const isCloseCode = (code: number) =>
  (code >= 1000 && code <= 1003) || (code >= 1006 && code <= 1014) || (code >= 3000 && code <= 4999);

/** Every kind of fault, with what one use of it is. */
export const FAULT_SHAPES = {
  /** A use is one trade that nobody is told of: its sequence number is missing from the feed. */
  gap: z.strictObject({ kind: z.literal('gap'), ...limits }),
  /** Nothing is sent while it lasts, sockets stay open, and what happened meanwhile is never sent. */
  stall: z.strictObject({ kind: z.literal('stall'), ...span }),
  /** A use is one subscribed socket closed in place of its next trade; 1006 breaks it off without a close frame. */
  close: z.strictObject({
    kind: z.literal('close'),
    code: z.number(CLOSE_CODE).int(CLOSE_CODE).refine(isCloseCode, CLOSE_CODE).default(1011),
    reason: z
      .string({ error: 'a text of at most 100 characters' })
      .max(100, { error: 'a text of at most 100 characters' })
      .default('simulated close'),
    ...limits,
  }),
  /** A use is one request answered with 429. */
  http429: z.strictObject({
    kind: z.literal('http429'),
    retryAfterSeconds: whole(0, 86_400).optional(),
    ...limits,
  }),
  /** A use is one request answered with a server error. */
  http500: z.strictObject({ kind: z.literal('http500'), status: statusField.default(500), ...limits }),
  /** A use is one request answered with an HTML page. */
  html: z.strictObject({ kind: z.literal('html'), status: statusField.default(200), ...limits }),
  /** A use is one request that is accepted and never answered. */
  nothing: z.strictObject({ kind: z.literal('nothing'), ...limits }),
  /** A use is one candle request whose body breaks off in the middle, with a 200 before it. */
  halfCandle: z.strictObject({ kind: z.literal('halfCandle'), ...limits }),
  /** A use is one candle request that is answered late. */
  slowBackfill: z.strictObject({ kind: z.literal('slowBackfill'), delayMs: delayMsField, ...limits }),
  /** A use is one trade before which every subscriber gets a message of a type that does not exist. */
  unknownMessage: z.strictObject({ kind: z.literal('unknownMessage'), ...limits }),
  /** A use is one trade before which every subscriber gets a frame that is not JSON. */
  garbage: z.strictObject({ kind: z.literal('garbage'), ...limits }),
  /** A use is one trade whose match is sent `times` times. */
  duplicates: z.strictObject({ kind: z.literal('duplicates'), times: whole(2, 100).default(2), ...limits }),
  /** A use is one new socket refused with an HTTP status, or one subscribe answered with an error. */
  refusal: z.strictObject({
    kind: z.literal('refusal'),
    of: z.enum(['socket', 'subscribe'], { error: '"socket" or "subscribe"' }).default('socket'),
    status: statusField.default(503),
    ...limits,
  }),
  /** While it lasts every trade is told `delayMs` late; at its end the late ones come at once. */
  slowTicks: z.strictObject({ kind: z.literal('slowTicks'), delayMs: whole(1, 30_000), ...span }),
} as const;

export type FaultKind = keyof typeof FAULT_SHAPES;
/** A fault as it is switched on. */
export type FaultInput = { [K in FaultKind]: z.input<(typeof FAULT_SHAPES)[K]> }[FaultKind];
/** A fault with its defaults filled in. */
export type Fault = { [K in FaultKind]: z.output<(typeof FAULT_SHAPES)[K]> }[FaultKind];
export type FaultOf<K extends FaultKind> = Extract<Fault, { kind: K }>;

export const FAULT_KINDS = Object.keys(FAULT_SHAPES) as readonly FaultKind[];

/** Why a fault was refused: which field, what it was, what would have been accepted. */
export interface FaultRefusal {
  readonly field: string;
  readonly value: unknown;
  readonly accepted: string;
}

export type ParsedFault =
  | { readonly outcome: 'fault'; readonly fault: Fault }
  | { readonly outcome: 'refused'; readonly refusal: FaultRefusal };

/** Checks a fault from outside. `products` are those the simulator has. */
export function parseFault(input: unknown, products: readonly string[]): ParsedFault {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return refused('body', input, 'a JSON object with "kind" and the fields of that fault');
  }
  const kind = (input as { kind?: unknown }).kind;
  const known = FAULT_KINDS.find((candidate) => candidate === kind);
  if (known === undefined) return refused('kind', kind, `one of ${FAULT_KINDS.join(', ')}`);
  const shape = FAULT_SHAPES[known];
  const parsed = shape.safeParse(input);
  if (!parsed.success) return refusedBy(parsed.error, input, Object.keys(shape.shape));
  const { product } = parsed.data;
  if (product !== undefined && !products.includes(product)) {
    return refused('product', product, `one of ${products.join(', ')}`);
  }
  if (product !== undefined && parsed.data.kind === 'refusal' && parsed.data.of === 'socket') {
    return refused('product', product, 'nothing: a socket concerns no product');
  }
  return { outcome: 'fault', fault: parsed.data };
}

function refusedBy(error: z.ZodError, input: object, fields: readonly string[]): ParsedFault {
  const issue = error.issues[0];
  const field = issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path[0];
  const name = String(field ?? 'body');
  const accepted = issue?.code === 'unrecognized_keys' ? `only ${fields.join(', ')}` : issue?.message;
  return refused(name, (input as Record<string, unknown>)[name], accepted ?? 'another value');
}

function refused(field: string, value: unknown, accepted: string): ParsedFault {
  return { outcome: 'refused', refusal: { field, value: value === undefined ? null : value, accepted } };
}
