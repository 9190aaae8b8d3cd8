import { connect } from 'node:net';
import { once } from 'node:events';
import { ExchangeSimulator, type SimulatorAddress } from '../../src/exchange/simulator/exchange-simulator';
import { useCleanUp } from '../support/hooks';
import { FeedClient } from './feed-client';

const NOW = Date.UTC(2026, 2, 14, 12, 0, 30);

describe('the HTTP of the simulator', () => {
  let nowMs: number;
  let simulator: ExchangeSimulator;
  let at: SimulatorAddress;

  beforeEach(async () => {
    nowMs = NOW;
    simulator = new ExchangeSimulator({ now: () => nowMs, products: ['BTC-USD', 'ADA-USD'] });
    at = await simulator.listen();
  });
  afterEach(() => simulator.close());
  useCleanUp();

  async function get(path: string, headers: Record<string, string> = {}) {
    const response = await fetch(at.restUrl + path, { headers });
    const body: unknown = await response.json();
    return { status: response.status, body, headers: response.headers };
  }

  /** Sends bytes as they are, and gives what came back until the connection ended. */
  async function raw(bytes: string | Buffer): Promise<string> {
    const socket = connect(at.port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('error', () => undefined);
    socket.end(bytes);
    await once(socket, 'close');
    return text;
  }

  it('lists its products and describes each', async () => {
    const { body } = await get('/products');
    expect(body).toMatchObject([
      {
        id: 'BTC-USD',
        base_currency: 'BTC',
        quote_currency: 'USD',
        quote_increment: '0.01',
        status: 'online',
      },
      { id: 'ADA-USD', quote_increment: '0.0001' },
    ]);
    expect((await get('/products/ADA-USD')).body).toEqual((body as unknown[])[1]);
  });

  it('tells the time it lives in', async () => {
    expect((await get('/time')).body).toEqual({ iso: '2026-03-14T12:00:30.000Z', epoch: NOW / 1000 });
  });

  it('tells the last trade as ticker and as the first of the trades', async () => {
    const ticker = (await get('/products/BTC-USD/ticker')).body as Record<string, unknown>;
    const trades = (await get('/products/BTC-USD/trades?limit=2')).body as Record<string, unknown>[];
    expect(trades[0]).toMatchObject({ trade_id: ticker.trade_id, price: ticker.price, size: ticker.size });
    expect(Number(ticker.bid)).toBeLessThan(Number(ticker.ask));
    expect(Number(ticker.volume)).toBeGreaterThan(0);
  });

  it('pages through trades by the cursors it gives', async () => {
    const first = await get('/products/BTC-USD/trades?limit=3');
    const second = await get(`/products/BTC-USD/trades?limit=3&after=${first.headers.get('cb-after')}`);
    const ids = [first, second].flatMap(({ body }) =>
      (body as { trade_id: number }[]).map((trade) => trade.trade_id),
    );
    expect(ids).toEqual(ids.map((_, index) => (ids[0] ?? 0) - index));
    expect((await get(`/products/BTC-USD/trades?before=${ids[2]}`)).body).toHaveLength(2);
  });

  it.each([
    ['/products/DOGE-USD', 404],
    ['/products/DOGE-USD/candles', 404],
    ['/products/BTC-USD/book', 404],
    ['/accounts', 404],
    ['/products/%E0%A4%A', 404],
    ['/products/BTC-USD/candles?granularity=7', 400],
    ['/products/BTC-USD/trades?limit=0', 400],
    ['/products/BTC-USD/trades?after=x', 400],
  ])('answers %s with %d and a message', async (path, status) => {
    expect(await get(path)).toMatchObject({ status, body: { message: expect.any(String) } });
  });

  it('admits ten requests of a client in a second, then answers 429, each client for itself', async () => {
    const ask = (client: string) => get('/time', { 'x-client': client }).then(({ status }) => status);
    const statuses = await Promise.all(Array.from({ length: 12 }, () => ask('a')));
    expect(statuses.filter((status) => status === 429)).toHaveLength(2);
    expect(await ask('b')).toBe(200);
    expect((await get('/witness', { 'x-client': 'a' })).status).toBe(200);
    nowMs += 1_000;
    expect(await ask('a')).toBe(200);
  });

  it('witnesses who was connected under which key', async () => {
    const one = await FeedClient.open(`${at.wsUrl}/?key=k&client=a`);
    const two = await FeedClient.open(at.wsUrl, { 'x-api-key': 'k', 'x-client': 'b' });
    for (const client of [one, two]) {
      client.send({ type: 'subscribe', product_ids: ['BTC-USD'], channels: ['heartbeat'] });
      await client.until(({ type }) => type === 'subscriptions');
    }
    nowMs += 50;
    one.close();
    await one.closed;
    while (simulator.witness.report().keys['k']?.now === 2) await new Promise(setImmediate);
    const interval = { openedAt: NOW, subscribedAt: NOW, from: NOW };
    expect((await get('/witness')).body).toEqual({
      keys: {
        k: {
          now: 1,
          max: 2,
          sockets: { now: 1, max: 2 },
          intervals: [
            { client: 'a', ...interval, closedAt: NOW + 50, to: NOW + 50 },
            { client: 'b', ...interval, closedAt: null, to: null },
          ],
          overlaps: [{ from: NOW, to: NOW + 50, clients: ['a', 'b'] }],
          dropped: 0,
        },
      },
    });
  });

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', /^HTTP\/1.1 400/],
    ['a header without end', `GET / HTTP/1.1\r\nx: ${'y'.repeat(100_000)}`, /^(HTTP\/1.1 4|$)/],
    [
      'a target that is no path',
      'GET http:// HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
      /^HTTP\/1.1 400/,
    ],
    [
      'another host in the path',
      'GET //[/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
      /^HTTP\/1.1 40[04]/,
    ],
    [
      'a method of its own',
      'DELETE /time HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
      /^HTTP\/1.1 405/,
    ],
    [
      'a body that breaks off',
      'POST /faults HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\n{"ki',
      /^(HTTP\/1.1 4|$)/,
    ],
    [
      'half an upgrade',
      'GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
      /^HTTP\/1.1 400/,
    ],
    [
      'an upgrade to nowhere',
      'GET http:// HTTP/1.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
      /^HTTP\/1.1 400/,
    ],
  ])('survives %s', async (_what, bytes, answer) => {
    expect(await raw(bytes)).toMatch(answer);
    expect((await get('/time')).status).toBe(200);
  });

  it.each([
    ['not JSON', '{"kind":', 400],
    ['a list', '[]', 400],
    ['deep nesting', '['.repeat(30_000), 400],
    ['a megabyte', `"${'x'.repeat(1_000_000)}"`, 413],
  ])('refuses a fault that is %s', async (_what, body, status) => {
    const response = await fetch(`${at.restUrl}/faults`, { method: 'POST', body });
    expect(response.status).toBe(status);
    expect(((await response.json()) as { message: string }).message.length).toBeLessThan(300);
  });

  it('refuses methods its own routes do not have', async () => {
    const response = await fetch(`${at.restUrl}/witness`, { method: 'POST' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET']);
    await response.text();
    const put = await fetch(`${at.restUrl}/faults`, { method: 'PUT' });
    expect([put.status, await put.json()]).toEqual([405, { message: 'allowed are GET, POST, DELETE' }]);
  });

  it('survives frames that are garbage or too large', async () => {
    const client = await FeedClient.open(at.wsUrl);
    for (const frame of ['{', '[]', 'null', '{"type":"subscribe","channels":{}}']) client.send(frame);
    expect((await client.collect(4)).map(({ type }) => type)).toEqual(['error', 'error', 'error', 'error']);
    client.send('x'.repeat(70_000));
    await expect(client.closed).resolves.toMatchObject({ code: 1009 });
    expect((await get('/time')).status).toBe(200);
  });

  it('closes twice, or before it ever listened, without complaint, and frees its port', async () => {
    await FeedClient.open(at.wsUrl);
    await Promise.all([simulator.close(), simulator.close()]);
    await new ExchangeSimulator().close();
    const next = new ExchangeSimulator();
    await expect(next.listen(at.port)).resolves.toMatchObject({ port: at.port });
    await expect(new ExchangeSimulator().listen(at.port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await next.close();
  });

  it.each([
    [{ products: [] }, /^products: got \[\]/],
    [{ products: ['btc'] }, /^products: got "btc", accepted is one or more different ids such as BTC-USD$/],
    [{ products: ['A-B', 'A-B'] }, /^products/],
    [{ tradesPerSecond: 0.01 }, /^tradesPerSecond: got 0.01, accepted is a number whose 60-fold is whole/],
    [{ tradesPerSecond: NaN }, /^tradesPerSecond/],
    [{ requestsPerSecond: 0 }, /^requestsPerSecond/],
    [{ subscribeWithinMs: 1.5 }, /^subscribeWithinMs/],
  ])('refuses the options %j by name', (options, message) => {
    expect(() => new ExchangeSimulator(options)).toThrow(message);
  });
});
