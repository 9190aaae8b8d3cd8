/**
 * What every request meets before a controller does: headers, type and size of the body.
 *
 * Decides about requests as such. Who may do what is the guard's matter.
 */
import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { UnsupportedMediaTypeError } from './http.errors';
import { answerMalformed } from './malformed';

/** The server speaks plain HTTP: whoever puts TLS in front of it also says so to browsers. */
const SECURITY_HEADERS = {
  strictTransportSecurity: false,
  contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
} as const;

const BODY_LIMIT = '16kb';
/** The id of an event names a place in every log: with 1000 exchanges it comes back (`Last-Event-ID`) as up to 45 kB. */
const HEAD_LIMIT = 65_536;
/** A request that has not arrived completely by then is dropped. */
const REQUEST_TIMEOUT_MS = 30_000;
/** However many strangers connect, files are left for the connections to Redis, on which the claim depends. */
const MAX_CONNECTIONS = 1_000;

/** Call it on an application created with `bodyParser: false`, before it is initialised. */
export function setUpHttp(app: NestExpressApplication): void {
  app.disable('etag');
  app.disable('x-powered-by');
  app.use(helmet(SECURITY_HEADERS));
  app.use(neverStored);
  app.use(onlyJson);
  app.useBodyParser('json', { limit: BODY_LIMIT, type: () => true, inflate: false });
  const server = app.getHttpServer();
  // Nest makes the server without options; Node reads this one, which its types do not have, at each connection.
  Object.assign(server, { maxHeaderSize: HEAD_LIMIT });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = REQUEST_TIMEOUT_MS / 2;
  server.maxConnections = MAX_CONNECTIONS;
  answerMalformed(server);
}

type Next = (error?: unknown) => void;

/** Who holds what is true only now. */
function neverStored(_request: IncomingMessage, response: ServerResponse, next: Next): void {
  response.setHeader('Cache-Control', 'no-store');
  next();
}

function onlyJson({ headers }: IncomingMessage, _response: ServerResponse, next: Next): void {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  next(hasBody && !isJson(headers['content-type'] ?? '') ? new UnsupportedMediaTypeError() : undefined);
}

/** JSON, and in UTF-8: the parser would take any other charset that begins with `utf-`. */
function isJson(type: string): boolean {
  const charsets = [...type.matchAll(/charset *= *"?([^"; ]*)/gi)].map(([, charset]) => charset!);
  return /^application\/json *(;|$)/i.test(type) && charsets.every((charset) => /^utf-?8$/i.test(charset));
}
