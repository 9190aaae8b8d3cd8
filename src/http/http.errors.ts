/** What can be wrong with a request, before it means anything to the domain. One class per failure. */
import { ExchangeError } from '../errors';
import type { Role } from './access.decorator';

/** Thrown when a request carries no bearer token, or one that gives no role. */
export class UnauthenticatedError extends ExchangeError {
  readonly code = 'UNAUTHENTICATED';

  constructor(readonly token: 'missing' | 'invalid') {
    super(
      token === 'missing'
        ? 'This route needs a token: send the header "Authorization: Bearer <CONTROL_TOKEN>".'
        : 'The bearer token is not one of this instance.',
    );
  }

  /** The `WWW-Authenticate` header of RFC 6750. */
  get challenge(): string {
    return `Bearer realm="exchange-registry"${this.token === 'invalid' ? ', error="invalid_token"' : ''}`;
  }
}

/** Thrown when the token is good, but not for this route. */
export class ForbiddenError extends ExchangeError {
  readonly code = 'FORBIDDEN';

  constructor(readonly role: Role) {
    super(`A ${role} may not do this; it needs the operator's token.`);
  }

  override get details() {
    return { role: this.role };
  }
}

/** One thing that is wrong with a body, a query or a path. */
export interface RequestProblem {
  /** Where: `timeoutMs`, or empty for the whole. */
  readonly field: string;
  readonly problem: string;
}

/** Thrown when a body, a query or a path parameter does not have the documented form. */
export class InvalidRequestError extends ExchangeError {
  readonly code = 'INVALID_REQUEST';

  constructor(
    readonly part: string,
    readonly problems: readonly RequestProblem[],
  ) {
    super(
      `The ${part} is not acceptable: ${problems
        .map(({ field, problem }) => (field === '' ? problem : `${field}: ${problem}`))
        .join('; ')}.`,
    );
  }

  override get details() {
    return { problems: this.problems };
  }
}

/** Thrown when a path exists, but not with this method. */
export class MethodNotAllowedError extends ExchangeError {
  readonly code = 'METHOD_NOT_ALLOWED';

  constructor(
    readonly method: string,
    readonly allowed: readonly string[],
  ) {
    super(`${method} is not allowed here; allowed: ${allowed.join(', ')}.`);
  }

  override get details() {
    return { allowed: this.allowed };
  }
}

/** Thrown when a body is of a type the API does not read. */
export class UnsupportedMediaTypeError extends ExchangeError {
  readonly code = 'UNSUPPORTED_MEDIA_TYPE';

  constructor() {
    super('Bodies are read as JSON only: send "Content-Type: application/json", not compressed, in UTF-8.');
  }
}

/** Thrown when this instance cannot serve the request now, but a later one or another instance may. */
export class NotReadyError extends ExchangeError {
  readonly code = 'NOT_READY';

  constructor(readonly reason: string) {
    super(`This instance is not ready: ${reason}.`);
  }

  override get details() {
    return { reason: this.reason };
  }
}
