/**
 * Anything thrown, as the problem document of RFC 9457.
 *
 * Decides what of an error a client may see: all of ours, the message of a foreign one that blames the request,
 * nothing of an unexpected one, and never what the request itself said.
 */
import { HttpException } from '@nestjs/common';
import { ERROR_CODES, ExchangeError, publicDetailsOf, publicMessageOf, type ErrorCode } from '../errors';
import { MethodNotAllowedError, UnauthenticatedError, UnsupportedMediaTypeError } from './http.errors';
import { PROBLEM_TITLES } from './problem-titles';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  /** The path that was asked for. */
  readonly instance: string;
}

export interface ProblemAnswer {
  readonly body: Problem & Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Nobody expected this one: it belongs in the log, with its stack. */
  readonly unexpected: boolean;
}

/** Under this a response keeps the code of the problem it answers with, for the line that is logged of it. */
export const PROBLEM_CODE = Symbol('PROBLEM_CODE');

const CODES_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'BODY_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
  503: 'NOT_READY',
};

const DETAILS_OF_CODE: Partial<Record<ErrorCode, string>> = {
  NOT_FOUND: 'There is no such path; docs/routes.md lists those there are.',
  BODY_TOO_LARGE: 'A body may be at most 16 kB.',
  UNSUPPORTED_MEDIA_TYPE: new UnsupportedMediaTypeError().message,
  RATE_LIMITED:
    'Too many requests of this kind; the header Retry-After says when the next is welcome, in seconds.',
};

/** What the body parser says would quote the body. */
const UNREADABLE =
  'The path or the body of this request cannot be read: a path is percent-encoded UTF-8, a body is one JSON text in UTF-8.';
const UNEXPECTED = 'An unexpected error ended this request; see the log of this instance.';

export function problemOf(thrown: unknown, instance: string): ProblemAnswer {
  if (thrown instanceof ExchangeError) {
    const body = { ...publicDetailsOf(thrown), ...problem(thrown.code, publicMessageOf(thrown), instance) };
    return { body, headers: headersOf(thrown), unexpected: false };
  }
  const status = statusOf(thrown);
  const code = status === null ? 'INTERNAL' : (CODES_OF_STATUS[status] ?? 'INVALID_REQUEST');
  const detail = status === null ? UNEXPECTED : (DETAILS_OF_CODE[code] ?? blameOf(code, thrown));
  return { body: { ...problem(code, detail, instance) }, headers: {}, unexpected: status === null };
}

/** Of a request that cannot be read the framework repeats what its parsers say. */
function blameOf(code: ErrorCode, thrown: unknown): string {
  return code === 'INVALID_REQUEST' ? UNREADABLE : publicMessageOf(thrown);
}

function problem(code: ErrorCode, detail: string, instance: string): Problem {
  return {
    type: `urn:problem-type:exchange-registry:${code.toLowerCase().replaceAll('_', '-')}`,
    title: PROBLEM_TITLES[code],
    status: ERROR_CODES[code],
    code,
    detail,
    instance,
  };
}

function headersOf(error: ExchangeError): Readonly<Record<string, string>> {
  if (error instanceof UnauthenticatedError) return { 'WWW-Authenticate': error.challenge };
  if (error instanceof MethodNotAllowedError) return { Allow: error.allowed.join(', ') };
  return {};
}

/** The status of an error of the framework or its body parser; `null` when the fault is on our side. */
function statusOf(thrown: unknown): number | null {
  if (thrown instanceof HttpException) {
    const status = thrown.getStatus();
    return status < 500 || status === 503 ? status : null;
  }
  if (!(thrown instanceof Error)) return null;
  const status: unknown = Reflect.get(thrown, 'statusCode') ?? Reflect.get(thrown, 'status');
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null;
}
