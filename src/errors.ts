/**
 * The base of every error this project throws on purpose, and the closed list of their codes.
 *
 * A code is stable: tools may match on it. `status` is the HTTP status the API answers with when such an
 * error ends a request. docs/errors.md lists the same codes; a test keeps the two equal.
 */
export const ERROR_CODES = {
  // Owning an exchange
  EXCHANGE_TAKEN: 409,
  CLAIM_DEFERRED: 409,
  CLAIM_ABORTED: 409,
  STATUS_POISONED: 409,
  REPLICAS_MISSING: 503,
  STORE_UNAVAILABLE: 503,
  ALREADY_REGISTERED: 409,
  NOT_REGISTERED: 409,
  LEASE_LOST: 409,
  FENCED_OUT: 409,
  WORK_STILL_RUNNING: 503,
  // State machine and commands
  ILLEGAL_TRANSITION: 409,
  TRANSITION_SUPERSEDED: 409,
  COMMAND_NOT_ALLOWED: 409,
  UNKNOWN_EXCHANGE: 404,
  EXCHANGE_OFFLINE: 404,
  COMMAND_EXPIRED: 410,
  TOKEN_MISMATCH: 409,
  // Starting the process
  INVALID_SETTING: 500,
  INVALID_CATALOGUE: 500,
  PREFLIGHT_FAILED: 503,
  ADDRESS_UNAVAILABLE: 503,
  WORKLOAD_FAILED: 500,
  // HTTP
  INVALID_REQUEST: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  BODY_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  NOT_READY: 503,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** An error made for the person who must act: what happened, to which exchange, who holds it, what to do. */
export abstract class ExchangeError extends Error {
  /** Stable, listed in docs/errors.md. */
  abstract readonly code: ErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }

  /** Data for a machine: goes into the problem+json body beside `code` and `detail`. Never a secret. */
  get details(): Readonly<Record<string, unknown>> {
    return {};
  }
}

/**
 * The text of anything that was thrown, as it is: for a log line, whose credentials the logger takes out. What becomes data
 * that others read is `publicMessageOf`.
 */
export function messageOf(thrown: unknown): string {
  try {
    const message: unknown =
      typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'message') : undefined;
    return typeof message === 'string' ? message : String(thrown);
  } catch {
    // An object without a prototype, a getter that throws: telling of a failure must not become another one.
    return 'something that cannot be shown as text was thrown';
  }
}

/** The code of an error of this instance's; what has none comes from the work on the exchange, unless the caller knows better. */
export function codeOf(thrown: unknown, fallback: ErrorCode = 'WORKLOAD_FAILED'): ErrorCode {
  return thrown instanceof ExchangeError ? thrown.code : fallback;
}

/** Cuts user and password out of every address in a text, whatever its scheme, up to the last `@` before its path. */
export function withoutCredentials(text: string): string {
  return text.replace(/:\/\/[^\s/]*@/g, '://***@');
}

/** Characters of an error that are published; a status must stay readable whatever an exchange answers. */
const LONGEST_PUBLIC_TEXT = 2_000;

/**
 * The text of anything that was thrown, for whoever reads the status, the activity log or an answer: without the
 * credentials of addresses, which errors of HTTP clients like to quote, and of at most 2,000 characters.
 */
export function publicMessageOf(thrown: unknown): string {
  return publicText(messageOf(thrown));
}

/** The details of one of our errors, whose texts may quote a foreign one: each as `publicMessageOf` gives it. */
export function publicDetailsOf({ details }: ExchangeError): Readonly<Record<string, unknown>> {
  const plain = (_field: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);
  const clean = (_field: string, value: unknown) => (typeof value === 'string' ? publicText(value) : value);
  try {
    return JSON.parse(JSON.stringify(details, plain), clean) as Record<string, unknown>;
  } catch {
    // A circle, say: an error of the work may carry anything, and must be told all the same.
    return {};
  }
}

function publicText(text: string): string {
  return withoutCredentials(text).slice(0, LONGEST_PUBLIC_TEXT);
}
