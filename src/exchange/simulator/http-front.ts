/**
 * Stands between HTTP and the routes: says who asks, counts the requests, plays the faults, writes the answer.
 *
 * Nothing a client sends may end the process: whatever goes wrong here is answered with 500, or not at all.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FaultPlan } from './fault-plan';
import type { OperatorRoutes } from './operator-routes';
import type { RequestRate } from './request-rate';
import { type RestAnswer, type RestRoutes, targetOf } from './rest-routes';

const HTML =
  '<!DOCTYPE html><html><head><title>Maintenance</title></head><body>We will be back.</body></html>';

/** Who asks, as far as it can be known. */
export interface Caller {
  /** `?key=` or header `x-api-key`; `anonymous` without. */
  readonly key: string;
  /** `?client=` or header `x-client`. */
  readonly client: string | undefined;
}

export function callerOf(request: IncomingMessage, url: URL): Caller {
  const header = (name: string) => [request.headers[name]].flat()[0];
  return {
    key: url.searchParams.get('key') || header('x-api-key') || 'anonymous',
    client: url.searchParams.get('client') || header('x-client') || undefined,
  };
}

/** The address of a request; `undefined` for a target that is none. */
export function urlOf(request: IncomingMessage): URL | undefined {
  // The path is put behind an origin of our own: "//host/path" must not name another one.
  const target = request.url ?? '/';
  return target.startsWith('/') && URL.canParse(`http://simulator${target}`)
    ? new URL(`http://simulator${target}`)
    : undefined;
}

export class HttpFront {
  private readonly delayed = new Set<NodeJS.Timeout>();

  constructor(
    private readonly rest: RestRoutes,
    private readonly operator: OperatorRoutes,
    private readonly faults: FaultPlan,
    private readonly rate: RequestRate,
    private readonly now: () => number,
  ) {}

  /** Answers, or does not, where a fault says so. Never throws and never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A client that goes away is no error of ours.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    try {
      const url = urlOf(request);
      if (url === undefined)
        return write(response, { status: 400, body: { message: 'Invalid request target' } });
      if (this.operator.owns(url.pathname)) {
        return write(response, await this.operator.answer(url.pathname, request));
      }
      this.answerAsExchange(request, response, url);
    } catch (error) {
      if (!response.headersSent) write(response, { status: 500, body: { message: String(error) } });
    }
  }

  /** Forgets the answers that are still held back. */
  close(): void {
    for (const timer of this.delayed) clearTimeout(timer);
    this.delayed.clear();
  }

  private answerAsExchange(request: IncomingMessage, response: ServerResponse, url: URL): void {
    request.resume();
    if (request.method !== 'GET') {
      return write(response, {
        status: 405,
        body: { message: 'Method Not Allowed' },
        headers: { allow: 'GET' },
      });
    }
    const { key, client } = callerOf(request, url);
    const name = client ?? `${key} at ${request.socket.remoteAddress}`;
    if (!this.rate.admit(name)) {
      return write(response, { status: 429, body: { message: 'Public rate limit exceeded' } });
    }
    const { product, resource } = targetOf(url.pathname);
    if (this.playFault(response, product)) return;
    const answer = () => this.rest.answer(url, this.now());
    if (resource !== 'candles') return write(response, answer());
    const half = this.faults.take('halfCandle', product) !== undefined;
    const delayMs = this.faults.take('slowBackfill', product)?.delayMs ?? 0;
    this.after(delayMs, () => (half ? writeHalf(response, answer()) : write(response, answer())));
  }

  /** True if a fault took the place of the answer. */
  private playFault(response: ServerResponse, product: string | undefined): boolean {
    if (this.faults.take('nothing', product)) return true;
    const tooMany = this.faults.take('http429', product);
    if (tooMany) {
      const after = tooMany.retryAfterSeconds;
      const headers: Record<string, string> = after === undefined ? {} : { 'retry-after': String(after) };
      write(response, { status: 429, body: { message: 'Public rate limit exceeded' }, headers });
      return true;
    }
    const broken = this.faults.take('http500', product);
    if (broken) {
      write(response, { status: broken.status, body: { message: 'Internal server error' } });
      return true;
    }
    const html = this.faults.take('html', product);
    if (html) response.writeHead(html.status, { 'content-type': 'text/html; charset=utf-8' }).end(HTML);
    return html !== undefined;
  }

  private after(delayMs: number, action: () => void): void {
    if (delayMs === 0) return action();
    const timer = setTimeout(() => {
      this.delayed.delete(timer);
      action();
    }, delayMs);
    this.delayed.add(timer);
  }
}

function write(response: ServerResponse, { status, body, headers }: RestAnswer): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify(body));
}

/** A correct HTTP message whose JSON ends in the middle of a candle. */
function writeHalf(response: ServerResponse, { status, body }: RestAnswer): void {
  if (response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(text.slice(0, Math.floor(text.length / 2)));
}
