import { ExchangeSimulator, type SimulatorAddress } from '../../src/exchange/simulator/exchange-simulator';
import { useCleanUp } from '../support/hooks';
import { FeedClient } from './feed-client';

describe('the simulator on the real clock', () => {
  let simulator: ExchangeSimulator;
  let at: SimulatorAddress;

  beforeEach(async () => {
    simulator = new ExchangeSimulator({ seed: 'spec', tradesPerSecond: 20 });
    at = await simulator.listen();
  });
  afterEach(() => simulator.close());
  useCleanUp();

  it('answers a subscription, then tells the last match, then every match with the next sequence', async () => {
    const client = await FeedClient.open(at.wsUrl);
    client.send({
      type: 'subscribe',
      product_ids: ['BTC-USD'],
      channels: ['heartbeat', 'ticker', 'matches'],
    });
    const messages = await client.collect(30);
    expect(messages[0]).toEqual({
      type: 'subscriptions',
      channels: ['heartbeat', 'ticker', 'matches'].map((name) => ({
        name,
        product_ids: ['BTC-USD'],
        account_ids: null,
      })),
    });
    const matches = messages.filter(({ type }) => String(type).endsWith('match'));
    expect(matches.map(({ type }) => type).slice(0, 3)).toEqual(['last_match', 'match', 'match']);
    const first = Number(matches[0]?.sequence);
    expect(matches.map(({ sequence }) => sequence)).toEqual(matches.map((_, index) => first + index));
    client.close();
  });

  it('gives by REST the very trades the feed told', async () => {
    const client = await FeedClient.open(at.wsUrl);
    client.send({ type: 'subscribe', channels: [{ name: 'matches', product_ids: ['ETH-USD'] }] });
    await client.until(({ type }) => type === 'match');
    const told = await client.until(({ type }) => type === 'match');
    const response = await fetch(
      `${at.restUrl}/products/ETH-USD/trades?limit=5&after=${Number(told.trade_id) + 1}`,
    );
    const [newest] = (await response.json()) as unknown[];
    const { trade_id, price, size, side, time } = told;
    expect(newest).toEqual({ trade_id, price, size, side, time });
    client.close();
  });

  it('gives at most 300 candles, newest first, as rows of time, low, high, open, close and volume', async () => {
    const rows = (await (
      await fetch(`${at.restUrl}/products/BTC-USD/candles?granularity=300`)
    ).json()) as number[][];
    expect(rows.length).toBeGreaterThanOrEqual(299);
    expect(rows.length).toBeLessThanOrEqual(300);
    const [newest, second] = rows;
    expect(newest).toHaveLength(6);
    expect((newest?.[0] ?? 0) - (second?.[0] ?? 0)).toBe(300);
    const tooMany = await fetch(`${at.restUrl}/products/BTC-USD/candles?granularity=60&start=60&end=18060`);
    expect(tooMany.status).toBe(400);
    expect(await tooMany.json()).toEqual({ message: expect.stringContaining('exceeds 300') });
  });
});
