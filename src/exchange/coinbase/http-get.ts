/**
 * One GET on a connection of its own, which is gone when the promise settles.
 *
 * Not `fetch`: its hidden pool keeps the connection of a request that was aborted while it was being made. Follows no
 * redirects and asks for no compression, so that `maxBytes` is what is really read.
 */
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly text: string;
}

export interface HttpGetOptions {
  /** Aborting it ends the request at once; the promise rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** A longer answer is cut off, and the promise rejects with a `RangeError`. */
  readonly maxBytes: number;
}

const HEADERS = { accept: 'application/json', 'user-agent': 'nestjs-exchange-registry', connection: 'close' };

export function httpGet(url: URL, { signal, maxBytes }: HttpGetOptions): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    let answer: HttpAnswer | undefined;
    let failure: unknown;
    const request = send(url, { agent: false, signal, headers: HEADERS }, (response) => {
      response.on('error', (error) => (failure ??= error));
      readBody(response, maxBytes, (text) => (answer = answerOf(response, text)));
    });
    request.on('error', (error) => (failure ??= error));
    request.on('close', () => {
      if (signal.aborted) reject(signal.reason);
      else if (answer !== undefined) resolve(answer);
      else reject(failure ?? new Error('the connection ended in the middle of the answer'));
    });
    request.end();
  });
}

function readBody(response: IncomingMessage, maxBytes: number, onEnd: (text: string) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else response.destroy(new RangeError(`the answer is longer than ${maxBytes} bytes`));
  });
  response.on('end', () => onEnd(Buffer.concat(chunks).toString('utf8')));
}

function answerOf(response: IncomingMessage, text: string): HttpAnswer {
  return { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] ?? null, text };
}
