/**
 * Answers what never becomes a request: bytes that are not HTTP, a head that is too large or comes too slowly, an
 * expectation nobody can meet. They get a problem document like every other error, and the connection ends.
 */
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { InvalidRequestError } from './http.errors';
import { problemOf } from './problem';

export function answerMalformed(server: Server): void {
  server.on('clientError', (_error: Error, socket: Duplex) => {
    if (socket.writable && !isBeingAnswered(socket)) socket.end(answer());
    else socket.destroy();
  });
  server.on('checkExpectation', (request, response) => {
    request.resume();
    // By the response, which waits for its turn: behind another request it has no socket yet.
    const { status, text, headers } = refusal();
    response.shouldKeepAlive = false;
    response.writeHead(status, headers).end(text);
  });
}

/** A second answer into one that has begun would be read as part of it. */
function isBeingAnswered(socket: Duplex): boolean {
  const message: unknown = Reflect.get(socket, '_httpMessage');
  return typeof message === 'object' && message !== null && Reflect.get(message, '_headerSent') === true;
}

function answer(): string {
  const { status, text, headers } = refusal();
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} Bad Request`, ...lines, 'Connection: close', '', text].join('\r\n');
}

/** What was asked for is not known, so it is none of the paths there are. */
function refusal() {
  const problem = {
    field: '',
    problem: 'it cannot be read as HTTP/1.1, has a head of more than 64 KiB, or did not arrive in time',
  };
  const { body } = problemOf(new InvalidRequestError('request', [problem]), '/');
  const text = JSON.stringify(body);
  const headers = {
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  };
  return { status: body.status, text, headers };
}
