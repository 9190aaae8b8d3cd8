/**
 * What every request meets before a controller does: headers, type and size of the body.
 *
 * Decides about requests as such. Who may do what is the guard's matter.
 */
import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { UnsupportedMediaTypeError } from './http.errors';

/** The server speaks plain HTTP: whoever puts TLS in front of it also says so to browsers. */
const SECURITY_HEADERS = {
  strictTransportSecurity: false,
  contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
} as const;

const BODY_LIMIT = '16kb';
/** A request that has not arrived completely by then is dropped. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Call it on an application created with `bodyParser: false`, before it is initialised. */
export function setUpHttp(app: NestExpressApplication): void {
  app.disable('etag');
  app.disable('x-powered-by');
  app.use(helmet(SECURITY_HEADERS));
  app.use(neverStored);
  app.use(onlyJson);
  app.useBodyParser('json', { limit: BODY_LIMIT, type: () => true, inflate: false });
  const server = app.getHttpServer();
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = REQUEST_TIMEOUT_MS / 2;
}

type Next = (error?: unknown) => void;

/** Who holds what is true only now. */
function neverStored(_request: IncomingMessage, response: ServerResponse, next: Next): void {
  response.setHeader('Cache-Control', 'no-store');
  next();
}

function onlyJson({ headers }: IncomingMessage, _response: ServerResponse, next: Next): void {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  const isJson = /^application\/json *(;|$)/i.test(headers['content-type'] ?? '');
  next(hasBody && !isJson ? new UnsupportedMediaTypeError() : undefined);
}
