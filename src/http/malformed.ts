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
    response.socket?.end(answer());
  });
}

/** A second answer into one that has begun would be read as part of it. */
function isBeingAnswered(socket: Duplex): boolean {
  const message: unknown = Reflect.get(socket, '_httpMessage');
  return typeof message === 'object' && message !== null && Reflect.get(message, '_headerSent') === true;
}

/** What was asked for is not known, so it is none of the paths there are. */
function answer(): string {
  const problem = { field: '', problem: 'it cannot be read as HTTP/1.1, or did not arrive in time' };
  const { body } = problemOf(new InvalidRequestError('request', [problem]), '/');
  const text = JSON.stringify(body);
  return [
    `HTTP/1.1 ${body.status} Bad Request`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    'Connection: close',
    '',
    text,
  ].join('\r\n');
}
