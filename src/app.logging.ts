/**
 * How the API logs: one JSON line per event on standard output, with instance, exchange and state.
 *
 * Decides what never gets into a line: bearer tokens, passwords, the user part of an address of any scheme, headers and bodies
 * of requests. Every finished line is checked for them, wherever they come from.
 */
import { randomUUID } from 'node:crypto';
import { Logger, type PinoLogger } from 'nestjs-pino';
import pino, { type DestinationStream, type Logger as RootLogger } from 'pino';
import { pinoHttp, type HttpLogger } from 'pino-http';
import type { LogLevel } from './app.settings';
import { PROBLEM_CODE } from './http/problem';

/** What is true of every line from now on; filled in once the registry exists. */
export class LogContext {
  describe: () => Readonly<Record<string, unknown>> = () => ({});
}

/** Shorter ones would be found in innocent words. */
const LEAST_SECRET = 4;
const REDACTED = '[redacted]';

/** As `withoutCredentials` takes them for, within one text of a line of JSON. */
const ADDRESS_CREDENTIALS = /:\/\/(?:\\["\\]|[^\s"\\/])*@/g;

/** Takes every secret out of a finished line. */
export function scrubber(secrets: readonly string[]): (line: string) => string {
  const spellings = secrets
    .filter((secret) => secret.length >= LEAST_SECRET)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  const longestFirst = [...new Set(spellings)].sort((a, b) => b.length - a.length);
  return (line) =>
    longestFirst
      .reduce((clean, secret) => clean.replaceAll(secret, REDACTED), line)
      .replace(ADDRESS_CREDENTIALS, `://${REDACTED}@`)
      .replace(/(Bearer\s+)[\w.~+/=-]{8,}/gi, `$1${REDACTED}`);
}

/**
 * JSON leaves some characters as they are that steer a terminal, or turn the direction of what is read: whoever may make
 * the process log a text could forge what an operator sees.
 */
function harmless(line: string): string {
  return line.replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Lines are written at once: the last one of a process is the one that matters. */
export function rootLogger(
  level: LogLevel,
  secrets: readonly string[],
  context: LogContext,
  output: DestinationStream = pino.destination({ dest: 1, sync: true }),
): RootLogger {
  const scrub = scrubber(secrets);
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: () => ({ ...context.describe() }),
      formatters: { level: (label) => ({ level: label }), log: underOneName },
    },
    { write: (line: string) => output.write(harmless(scrub(line))) },
  );
}

/** Nest's own parts say `message` where pino says `msg`. */
function underOneName({ message, ...fields }: Record<string, unknown>): Record<string, unknown> {
  return message === undefined ? fields : { ...fields, msg: message };
}

/** What Nest says of itself while it builds the application. */
const FRAMEWORK = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/**
 * Nest's logger on top of the root logger. Not by way of nestjs-pino's `PinoLogger`: that one binds a line to the request
 * it was caused by, and the work on an exchange, begun by one request, would carry its id for as long as it runs.
 */
export class AppLogger extends Logger {
  constructor(logger: RootLogger) {
    // Of its logger it calls the methods named after levels, which are pino's.
    super(logger as unknown as PinoLogger, {});
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (FRAMEWORK.has(String(rest.at(-1)))) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }
}

/** One line per request; reading is no event, except when it fails. Use it before anything that may refuse a request. */
export function requestLog(logger: RootLogger): HttpLogger {
  return pinoHttp({
    logger,
    quietReqLogger: true,
    genReqId: () => randomUUID(),
    customAttributeKeys: { reqId: 'requestId' },
    autoLogging: { ignore: ({ url = '' }) => /^\/(health|network\/events)\b/.test(url) },
    customLogLevel: ({ method }, { statusCode }, error) => {
      if (error !== undefined || statusCode >= 500) return 'error';
      if (statusCode >= 400) return 'warn';
      return method === 'GET' || method === 'HEAD' ? 'debug' : 'info';
    },
    customSuccessMessage: ({ method, url = '' }, { statusCode }) => `${method} ${pathOf(url)} ${statusCode}`,
    customErrorObject: (_request, response, _error, line) => failureOf(response, line as FailureLine),
    customErrorMessage: ({ method, url = '' }, { statusCode }) => `${method} ${pathOf(url)} ${statusCode}`,
    serializers: {
      req: ({ method, url, remoteAddress }: { method: string; url: string; remoteAddress: string }) => ({
        method,
        path: pathOf(url),
        from: remoteAddress,
      }),
      res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
    },
  });
}

type FailureLine = Readonly<Record<string, unknown>> & { readonly err: unknown };

/** A problem that was answered has a code; the stack would be that of the logger, and the one of a fault is in a line of its own. */
function failureOf(response: object, { err, ...line }: FailureLine): Readonly<Record<string, unknown>> {
  const code: unknown = Reflect.get(response, PROBLEM_CODE);
  return code === undefined ? { ...line, err } : { ...line, code };
}

function pathOf(url: string): string {
  return url.split('?')[0]!;
}
