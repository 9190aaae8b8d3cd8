/** One HTTP request, one connection: nothing is kept alive that a leak check would find. */
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body as text. */
  readonly text: string;
  /** The body as JSON; `undefined` when it is none. Cast it in the test. */
  readonly body: unknown;
}

export interface HttpCall {
  readonly method?: string;
  readonly token?: string | undefined;
  /** Sent as JSON; a string or a buffer is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

function headersOf(call: HttpCall, payload: string | Buffer | undefined): Record<string, string> {
  return {
    ...(call.token === undefined ? {} : { authorization: `Bearer ${call.token}` }),
    ...(payload === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) }),
    ...call.headers,
  };
}

/** Sends a request and resolves with the response as soon as its head is there; the caller reads or destroys it. */
export function open(url: string, call: HttpCall = {}): Promise<IncomingMessage> {
  const payload =
    call.body === undefined || typeof call.body === 'string' || Buffer.isBuffer(call.body)
      ? call.body
      : JSON.stringify(call.body);
  const timeoutMs = call.timeoutMs ?? 10_000;
  return new Promise((resolve, reject) => {
    const method = call.method ?? (payload === undefined ? 'GET' : 'POST');
    const sent = request(url, { method, agent: false, headers: headersOf(call, payload) }, resolve);
    sent.setTimeout(timeoutMs, () =>
      sent.destroy(new Error(`${method} ${url}: no answer within ${timeoutMs} ms`)),
    );
    sent.on('error', reject);
    sent.end(payload);
  });
}

/** Sends a request and reads the whole answer. */
export async function fetchAnswer(url: string, call: HttpCall = {}): Promise<HttpAnswer> {
  const response = await open(url, call);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return { status: response.statusCode ?? 0, headers: response.headers, text, body: parseJson(text) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
