import { ExchangeSimulator, type SimulatorAddress } from '../../src/exchange/simulator/exchange-simulator';
import { useCleanUp } from '../support/hooks';
import { FeedClient, type FeedMessage } from './feed-client';

const MINUTE_START = Date.UTC(2026, 2, 14, 12, 0, 0);
const ALL = ['heartbeat', 'ticker', 'matches'];

function isMatch({ type }: FeedMessage): boolean {
  return type === 'match';
}

describe('the simulated feed', () => {
  let nowMs: number;
  let simulator: ExchangeSimulator;
  let at: SimulatorAddress;

  beforeEach(async () => {
    nowMs = MINUTE_START;
    simulator = new ExchangeSimulator({ seed: 'feed', now: () => nowMs, subscribeWithinMs: 100 });
    at = await simulator.listen();
  });
  afterEach(() => simulator.close());
  useCleanUp();

  async function subscribed(channels: unknown[], products = ['BTC-USD']): Promise<FeedClient> {
    const client = await FeedClient.open(`${at.wsUrl}/any/path?client=spec`);
    client.send({ type: 'subscribe', product_ids: products, channels });
    await client.until(({ type }) => type === 'subscriptions');
    return client;
  }

  it('answers with every subscription of the client, also those of earlier messages', async () => {
    const client = await subscribed(['ticker']);
    client.send({ type: 'subscribe', channels: [{ name: 'matches', product_ids: ['ETH-USD', 'BTC-USD'] }] });
    const { channels } = await client.until(({ type }) => type === 'subscriptions');
    expect(channels).toEqual([
      { name: 'ticker', product_ids: ['BTC-USD'], account_ids: null },
      { name: 'matches', product_ids: ['ETH-USD', 'BTC-USD'], account_ids: null },
    ]);
  });

  it('tells a match as the exchange does', async () => {
    const client = await subscribed(['matches']);
    const trade = simulator.markets.get('BTC-USD')?.lastTrade(MINUTE_START);
    expect(await client.until(({ type }) => type === 'last_match')).toEqual({
      type: 'last_match',
      trade_id: trade?.id,
      sequence: trade?.sequence,
      maker_order_id: expect.stringMatching(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/,
      ),
      taker_order_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      time: expect.stringMatching(/^2026-03-14T11:59:59\.\d{6}Z$/),
      product_id: 'BTC-USD',
      price: expect.stringMatching(/^\d+\.\d{2}$/),
      size: expect.stringMatching(/^\d+\.\d{8}$/),
      side: expect.stringMatching(/^(buy|sell)$/),
    });
  });

  it('lets sequence grow by one per trade on all channels together', async () => {
    const client = await subscribed(ALL);
    const greeting = await client.collect(2);
    const last = Number(greeting[0]?.sequence);
    expect(greeting).toMatchObject([
      { type: 'ticker', sequence: last },
      { type: 'last_match', sequence: last },
    ]);
    nowMs += 3_000;
    const messages = await client.collect(3 * 3 * 2 + 1);
    const sequencesOf = (wanted: string) =>
      messages.filter(({ type }) => type === wanted).map(({ sequence }) => sequence);
    const grown = Array.from({ length: 9 }, (_, step) => last + 1 + step);
    expect(sequencesOf('match')).toEqual(grown);
    expect(sequencesOf('ticker')).toEqual(grown);
    expect(messages.at(-1)).toMatchObject({ type: 'heartbeat', product_id: 'BTC-USD', sequence: last + 9 });
  });

  it('builds from its matches the very candle that REST gives for the minute', async () => {
    const client = await subscribed(['matches']);
    const matches: FeedMessage[] = [];
    for (const elapsedMs of [30_000, 61_000]) {
      nowMs = MINUTE_START + elapsedMs;
      const last = simulator.markets.get('BTC-USD')?.lastTrade(nowMs).id;
      await client.until((message) => {
        if (isMatch(message)) matches.push(message);
        return message.trade_id === last;
      });
    }
    const ofMinute = matches.filter(({ time }) => String(time) < '2026-03-14T12:01');
    const prices = ofMinute.map(({ price }) => Number(price));
    const volume = ofMinute.reduce((sum, { size }) => sum + Number(size), 0);
    const second = MINUTE_START / 1000;
    const query = `granularity=60&start=${second}&end=${second}`;
    const response = await fetch(`${at.restUrl}/products/BTC-USD/candles?${query}`);
    expect(ofMinute).toHaveLength(180);
    expect(await response.json()).toEqual([
      [second, Math.min(...prices), Math.max(...prices), prices[0], prices.at(-1), volume],
    ]);
  });

  it('tells two simulators with one seed apart by nothing', async () => {
    const other = new ExchangeSimulator({ seed: 'feed', now: () => nowMs });
    const { restUrl } = await other.listen();
    const paths = [
      '/products',
      '/products/ADA-USD/candles?granularity=3600',
      '/products/ADA-USD/ticker',
      '/time',
    ];
    for (const path of paths) {
      const [mine, theirs] = await Promise.all([fetch(at.restUrl + path), fetch(restUrl + path)]);
      expect(await mine.json()).toEqual(await theirs.json());
    }
    await other.close();
  });

  it('tells no more of a product after unsubscribe, and goes on with the others', async () => {
    const client = await subscribed(['matches'], ['BTC-USD', 'ETH-USD']);
    client.send({ type: 'unsubscribe', product_ids: ['BTC-USD'], channels: ['matches'] });
    await client.until(({ type }) => type === 'subscriptions');
    nowMs += 2_000;
    const told = await client.collect(6, isMatch);
    expect(new Set(told.map(({ product_id }) => product_id))).toEqual(new Set(['ETH-USD']));
  });

  it('closes a socket that does not subscribe in time', async () => {
    const client = await FeedClient.open(at.wsUrl);
    await expect(client.closed).resolves.toEqual({ code: 1008, reason: 'no subscription in time' });
    expect(client.messages).toMatchObject([{ type: 'error' }]);
  });

  it('does not count a refused subscription as one', async () => {
    const client = await FeedClient.open(at.wsUrl);
    client.send({ type: 'subscribe', product_ids: ['DOGE-MOON'], channels: ['matches'] });
    const refusal = {
      type: 'error',
      message: 'Failed to subscribe',
      reason: 'DOGE-MOON is not a valid product',
    };
    await expect(client.until(() => true)).resolves.toEqual(refusal);
    await expect(client.closed).resolves.toMatchObject({ code: 1008 });
  });

  it('goes on at the present after a long pause, instead of telling what nobody waits for', async () => {
    const client = await subscribed(['matches']);
    nowMs += 24 * 3_600_000;
    const clock = setInterval(() => (nowMs += 50), 5);
    const told = await client.until(isMatch);
    clearInterval(clock);
    const last = simulator.markets.get('BTC-USD')?.lastTrade(nowMs).id ?? 0;
    expect(Number(told.trade_id)).toBeGreaterThan(last - 200);
  });
});
