import { createServer, type AddressInfo, type Server } from 'node:net';
import { httpGet } from '../../src/exchange/coinbase/http-get';
import { useCleanUp } from '../support/hooks';
import { expectNoLeaks, openHandles } from '../support/leaks';
import { until } from './until';

describe('one GET', () => {
  let server: Server;
  let url: URL;
  let reply: string | null;
  let connections: number;
  let before: ReadonlyMap<string, number>;

  beforeEach(async () => {
    reply = null;
    connections = 0;
    server = createServer((socket) => {
      connections += 1;
      socket.on('error', () => {});
      socket.once('data', () => {
        if (reply !== null) socket.end(reply);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    before = openHandles();
  });
  afterEach(async () => {
    await expectNoLeaks(before);
    await new Promise((resolve) => server.close(resolve));
  });
  useCleanUp();

  const never = new AbortController().signal;

  it('gives status, body and the wait that was asked for', async () => {
    reply = 'HTTP/1.1 429 Slow\r\nretry-after: 3\r\ncontent-length: 2\r\n\r\n{}';
    const answer = await httpGet(url, { signal: never, maxBytes: 100 });
    expect(answer).toEqual({ status: 429, retryAfter: '3', text: '{}' });
  });

  it('cuts an answer off that is too long', async () => {
    reply = `HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n${'x'.repeat(1_000_000)}`;
    await expect(httpGet(url, { signal: never, maxBytes: 1_000 })).rejects.toThrow('longer than 1000 bytes');
  });

  it.each([
    ['breaks off in the body', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[1,2'],
    ['breaks off in the head', 'HTTP/1.1 200 OK\r\ncont'],
    ['is no HTTP', 'hello\r\n\r\n'],
    ['is empty', ''],
  ])('rejects when the answer %s', async (_, text) => {
    reply = text;
    await expect(httpGet(url, { signal: never, maxBytes: 1_000 })).rejects.toThrow();
  });

  it('ends at once when it is aborted, before and while it waits', async () => {
    const early = new AbortController();
    const unsent = httpGet(url, { signal: early.signal, maxBytes: 100 });
    early.abort(new Error('stopped early'));
    await expect(unsent).rejects.toThrow('stopped early');

    const late = new AbortController();
    const known = connections;
    const waiting = httpGet(url, { signal: late.signal, maxBytes: 100 });
    waiting.catch(() => {});
    await until('the server has it', () => connections > known);
    late.abort(new Error('stopped late'));
    await expect(waiting).rejects.toThrow('stopped late');
  });

  it('rejects when nobody listens', async () => {
    const nobody = new URL('http://127.0.0.1:1/');
    await expect(httpGet(nobody, { signal: never, maxBytes: 100 })).rejects.toThrow(/ECONNREFUSED/);
  });

  it('needs nothing when it was aborted before', async () => {
    const signal = AbortSignal.abort(new Error('stopped before'));
    await expect(httpGet(url, { signal, maxBytes: 100 })).rejects.toThrow('stopped before');
  });
});
