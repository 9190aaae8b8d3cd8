/**
 * An HTTP client that sends exactly the bytes it is told, for requests that a decent client would not make. Loopback has
 * many addresses: each caller may have one of its own, so that the limit of one address does not end a long test.
 */
import { connect } from 'node:net';

export type Header = readonly [name: string, value: string];

export interface RawCall {
  readonly method?: string;
  readonly target: string;
  /** Sent as they are, in this order; characters beyond Latin-1 as UTF-8. */
  readonly headers?: readonly Header[];
  /** Comes with a Content-Length unless a header says how it comes. */
  readonly body?: Buffer | string;
  /** Local address, 127.0.0.1 unless given. */
  readonly from?: string;
}

export interface RawAnswer {
  /** 0: the connection ended without an answer. */
  readonly status: number;
  /** The whole head. */
  readonly head: string;
  readonly text: string;
  /** The body of a problem document, else `null`. */
  readonly problem: Readonly<Record<string, unknown>> | null;
}

/** An address of loopback for each number. */
export function loopbackAddress(n: number): string {
  return `127.${1 + ((n >> 16) % 250)}.${(n >> 8) % 256}.${1 + (n % 250)}`;
}

/** Resolves when the server has closed the connection, or a stream of events has begun. */
export function rawRequest(url: string, call: RawCall): Promise<RawAnswer> {
  const { port, hostname } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ port: Number(port), host: hostname, localAddress: call.from ?? '127.0.0.1' });
    let received = Buffer.alloc(0);
    socket.setTimeout(10_000, () => {
      socket.destroy();
      reject(new Error(`no answer to ${call.method} ${call.target.slice(0, 200)}`));
    });
    // Who lies about the length says at least that this is all: the server need not wait for the rest.
    socket.on('connect', () => (isSized(call) ? socket.end(bytesOf(call)) : socket.write(bytesOf(call))));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (/\r\ncontent-type: text\/event-stream.*\r\n\r\n/is.test(received.toString('latin1')))
        socket.destroy();
    });
    // A reset after the answer is how a server ends a request that it did not read to its end.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answerOf(received)));
  });
}

/** It says itself how much is to come. */
export function isSized({ headers = [] }: RawCall): boolean {
  return headers.some(([name]) => /^(?:content-length|transfer-encoding)$/i.test(name));
}

function bytesOf(call: RawCall): Buffer {
  const { method = 'GET', target, headers = [], body } = call;
  const payload = Buffer.from(body ?? '');
  const all: Header[] = [
    ['Host', 'localhost'],
    ['Connection', 'close'],
    ...headers,
    ...(body === undefined || isSized(call) ? [] : [['Content-Length', String(payload.length)] as const]),
  ];
  const head = [`${method} ${target} HTTP/1.1`, ...all.map(([name, value]) => `${name}: ${value}`), '', ''];
  return Buffer.concat([Buffer.from(head.join('\r\n'), 'utf8'), payload]);
}

function answerOf(received: Buffer): RawAnswer {
  const whole = received.toString('utf8');
  const end = whole.indexOf('\r\n\r\n');
  const [head, text] = end === -1 ? [whole, ''] : [whole.slice(0, end), whole.slice(end + 4)];
  // The answer to HEAD has the head of one only.
  const isProblem = text !== '' && /^content-type: application\/problem\+json/im.test(head);
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0),
    head,
    text,
    problem: isProblem ? (JSON.parse(text) as Record<string, unknown>) : null,
  };
}

/** Throws unless the answer is a problem document as promised: a stable code, with its status, and no fault of the server. */
export function expectProblem(answer: RawAnswer, codes: Readonly<Record<string, number>>): void {
  const { problem, status, text } = answer;
  if (problem === null)
    throw new Error(`answered ${status} without a problem document: ${text.slice(0, 300)}`);
  const { code, status: told, title, detail, instance, type } = problem;
  const isWhole = [title, detail, instance, type].every(
    (member) => typeof member === 'string' && member !== '',
  );
  if (typeof code !== 'string' || codes[code] !== status || told !== status || !isWhole || status >= 500)
    throw new Error(`answered ${status} with ${text.slice(0, 300)}`);
}

/**
 * Throws unless whatever was sent was answered in order: with a problem document, or with a success where `isDone` allows one.
 * An operator's answers hold nothing of what a merged prototype would give everything.
 */
export function expectInOrder(
  call: RawCall,
  answer: RawAnswer,
  codes: Readonly<Record<string, number>>,
  isDone: (status: number) => boolean,
): void {
  const { status, text, head } = answer;
  // A body whose length is a lie need not be answered, nor one that never ends.
  if (status === 0 && isSized(call)) return;
  if (/polluted/.test(head + text)) throw new Error(`polluted: ${head}\n${text.slice(0, 300)}`);
  // The answer to HEAD has no body.
  if (call.method === 'HEAD' ? status !== 0 && status < 500 : isDone(status)) return;
  expectProblem(answer, codes);
}
