import { ExchangeSimulator, type SimulatorAddress } from '../../src/exchange/simulator/exchange-simulator';
import type { FaultInput } from '../../src/exchange/simulator/fault.schema';
import { useCleanUp } from '../support/hooks';
import { FeedClient, type FeedMessage } from './feed-client';

const START = Date.UTC(2026, 2, 14, 12, 0, 0);
const CANDLES = '/products/BTC-USD/candles?granularity=60';

function isMatch({ type }: FeedMessage): boolean {
  return type === 'match';
}

function jump(messages: readonly FeedMessage[]): number {
  return Number(messages.at(-1)?.sequence) - Number(messages[0]?.sequence);
}

describe('a fault of the simulator', () => {
  let nowMs: number;
  let simulator: ExchangeSimulator;
  let at: SimulatorAddress;

  beforeEach(async () => {
    nowMs = START;
    simulator = new ExchangeSimulator({ seed: 'faults', now: () => nowMs });
    at = await simulator.listen();
  });
  afterEach(() => simulator.close());
  useCleanUp();

  async function switchOn(fault: FaultInput): Promise<void> {
    const response = await fetch(`${at.restUrl}/faults`, { method: 'POST', body: JSON.stringify(fault) });
    expect(response.status).toBe(201);
    await response.text();
  }

  /** Asks and reads to the end: a body left unread keeps the client's socket open. */
  async function ask(path: string) {
    const response = await fetch(at.restUrl + path);
    const { status, headers } = response;
    return { status, headers, text: await response.text() };
  }

  async function listener(products = ['BTC-USD']): Promise<FeedClient> {
    const client = await FeedClient.open(at.wsUrl);
    client.send({ type: 'subscribe', product_ids: products, channels: ['matches', 'heartbeat'] });
    await client.collect(products.length, ({ type }) => type === 'last_match');
    return client;
  }

  describe('of the feed', () => {
    it('gap: leaves out as many sequence numbers as it says, of its product alone', async () => {
      const client = await listener(['BTC-USD', 'ETH-USD']);
      const lasts = client.messages.filter(({ type }) => type === 'last_match');
      await switchOn({ kind: 'gap', product: 'BTC-USD', count: 4 });
      nowMs += 4_000;
      for (const [product, expected] of [
        ['BTC-USD', 5],
        ['ETH-USD', 1],
      ] as const) {
        const last = lasts.find(({ product_id }) => product_id === product);
        const first = await client.until((message) => isMatch(message) && message.product_id === product);
        expect(jump([last ?? {}, first])).toBe(expected);
      }
      expect(simulator.faults.list()).toEqual([]);
    });

    it('stall: sends nothing of its product while it lasts, keeps the socket open, and leaves a gap', async () => {
      const client = await listener(['BTC-USD', 'ETH-USD']);
      await switchOn({ kind: 'stall', product: 'BTC-USD', forMs: 10_000 });
      nowMs += 9_999;
      const last = (product: string) => simulator.markets.get(product)?.lastTrade(nowMs).id;
      const stalledUntil = last('BTC-USD');
      // The other product has caught up: the feed has had its turn.
      await client.until(({ trade_id }) => trade_id === last('ETH-USD'));
      nowMs += 2_000;
      const next = await client.until((message) => isMatch(message) && message.product_id === 'BTC-USD');
      expect(next.trade_id).toBe(Number(stalledUntil) + 1);
      const told = client.messages.filter(({ product_id }) => product_id === 'BTC-USD');
      expect(told.slice(0, 2)).toEqual([expect.objectContaining({ type: 'last_match' }), next]);
    });

    it('close: closes with its code in place of a trade, so many sockets as it says', async () => {
      const [one, two] = [await listener(), await listener()];
      await switchOn({ kind: 'close', code: 1012, reason: 'maintenance' });
      nowMs += 1_000;
      const first = await Promise.race([one.closed, two.closed]);
      expect(first).toEqual({ code: 1012, reason: 'maintenance' });
      await Promise.any([one.until(isMatch), two.until(isMatch)]);
    });

    it('close 1006: breaks the socket off without a close frame', async () => {
      const client = await listener();
      await switchOn({ kind: 'close', code: 1006 });
      nowMs += 1_000;
      await expect(client.closed).resolves.toEqual({ code: 1006, reason: '' });
    });

    it('duplicates: sends a match so many times, and the next one once', async () => {
      const client = await listener();
      await switchOn({ kind: 'duplicates', times: 3 });
      nowMs += 1_000;
      const [first, second, third, next] = await client.collect(4, isMatch);
      expect([second, third]).toEqual([first, first]);
      expect(jump([third ?? {}, next ?? {}])).toBe(1);
    });

    it('unknownMessage and garbage: come before a trade, which is told all the same', async () => {
      const client = await listener();
      await switchOn({ kind: 'unknownMessage' });
      await switchOn({ kind: 'garbage' });
      nowMs += 1_000;
      const told = await client.collect(4, ({ type }) => type !== 'heartbeat');
      expect(told.map(({ type }) => type)).toEqual(['simulated_unknown', 'not-json', 'match', 'match']);
    });

    it('slowTicks: tells every trade late, and loses none', async () => {
      const client = await listener();
      const last = client.messages.find(({ type }) => type === 'last_match');
      await switchOn({ kind: 'slowTicks', delayMs: 5_000, forMs: 20_000 });
      nowMs += 6_000;
      const first = await client.until(isMatch);
      expect(jump([last ?? {}, first])).toBe(1);
      const newest = simulator.markets.get('BTC-USD')?.lastTrade(nowMs - 5_000).id;
      const beat = await client.until(({ type }) => type === 'heartbeat');
      expect(beat.last_trade_id).toBe(newest);
    });

    it('refusal of subscriptions: answers with an error, then accepts', async () => {
      const client = await FeedClient.open(at.wsUrl);
      await switchOn({ kind: 'refusal', of: 'subscribe' });
      for (let attempt = 0; attempt < 2; attempt++) {
        client.send({ type: 'subscribe', product_ids: ['BTC-USD'], channels: ['heartbeat'] });
      }
      expect((await client.collect(2)).map(({ type }) => type)).toEqual(['error', 'subscriptions']);
    });

    it('refusal of sockets: refuses with its status, then accepts', async () => {
      await switchOn({ kind: 'refusal', status: 429 });
      await expect(FeedClient.open(at.wsUrl)).rejects.toThrow('429');
      await expect(FeedClient.open(at.wsUrl)).resolves.toBeInstanceOf(FeedClient);
    });
  });

  describe('of REST', () => {
    it('http429: refuses so many requests, with the Retry-After it was given', async () => {
      await switchOn({ kind: 'http429', retryAfterSeconds: 7 });
      const refused = await ask(CANDLES);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '7']);
      expect((await ask(CANDLES)).status).toBe(200);
    });

    it('http500 and html: take the place of an answer once each', async () => {
      await switchOn({ kind: 'http500', status: 502 });
      await switchOn({ kind: 'html' });
      expect((await ask(CANDLES)).status).toBe(502);
      const page = await ask(CANDLES);
      expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(page.text).toContain('<html>');
      expect((await ask(CANDLES)).headers.get('content-type')).toContain('json');
    });

    it('halfCandle: breaks the JSON of candles off, and of nothing else', async () => {
      await switchOn({ kind: 'halfCandle' });
      expect(JSON.parse((await ask('/products/BTC-USD/ticker')).text)).toHaveProperty('price');
      const half = await ask(CANDLES);
      expect(half.status).toBe(200);
      expect(() => JSON.parse(half.text)).toThrow('JSON');
    });

    it('slowBackfill: answers candles no earlier than it says', async () => {
      await switchOn({ kind: 'slowBackfill', delayMs: 120 });
      const startedAt = performance.now();
      expect((await ask(CANDLES)).status).toBe(200);
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(115);
    });

    it('nothing: never answers, and close() ends the wait', async () => {
      await switchOn({ kind: 'nothing' });
      const unanswered = fetch(at.restUrl + CANDLES);
      unanswered.catch(() => undefined);
      while (simulator.faults.list().length > 0) await new Promise(setImmediate);
      await simulator.close();
      await expect(unanswered).rejects.toThrow();
    });
  });

  describe('over HTTP', () => {
    it('is shown until it has ended or is cleared', async () => {
      await switchOn({ kind: 'stall', forMs: 500 });
      const shown = async () =>
        ((await (await fetch(`${at.restUrl}/faults`)).json()) as { faults: object[] }).faults;
      expect(await shown()).toMatchObject([
        { id: 1, fault: { kind: 'stall' }, until: START + 500, usesLeft: null },
      ]);
      nowMs += 500;
      expect(await shown()).toEqual([]);
      await switchOn({ kind: 'gap', count: 9 });
      expect(await (await fetch(`${at.restUrl}/faults`, { method: 'DELETE' })).json()).toEqual({
        faults: [],
      });
      expect(await shown()).toEqual([]);
    });

    it('is refused with the field, its value and what is accepted', async () => {
      const body = JSON.stringify({ kind: 'gap', count: 'many' });
      const response = await fetch(`${at.restUrl}/faults`, { method: 'POST', body });
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({
        message: 'count: got "many", accepted is a whole number from 1 to 1000000',
        field: 'count',
        value: 'many',
        accepted: 'a whole number from 1 to 1000000',
      });
    });
  });
});
