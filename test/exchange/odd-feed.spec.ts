/** The feed of an exchange that says what cannot be true, or cannot be understood. */
import { CoinbaseAdapter } from '../../src/exchange/coinbase/coinbase.adapter';
import type { FeedListener } from '../../src/exchange/exchange-adapter';
import { useCleanUp } from '../support/hooks';
import { FAST } from './market-bench';
import { PRODUCT, ScriptedExchange } from './scripted-exchange';
import { until } from './until';

describe('an odd feed', () => {
  let exchange: ScriptedExchange;
  let adapter: CoinbaseAdapter;
  /** What the listener was told, one word and one number each. */
  let told: string[];
  let notices: string[];
  let disconnections: string[];
  beforeEach(async () => {
    [told, notices, disconnections] = [[], [], []];
    exchange = await ScriptedExchange.open();
    adapter = new CoinbaseAdapter({
      restUrl: 'http://127.0.0.1:9',
      wsUrl: exchange.url,
      timings: { ...FAST.timings, stallMs: 400 },
    });
    const listener: FeedListener = {
      onTrade: ({ tradeId }) => told.push(`trade ${tradeId}`),
      onCaughtUp: (_product, timeMs) => told.push(`caught up ${timeMs - nowMs}`),
      onGap: (_product, missing) => told.push(`gap ${missing}`),
      onConnected: () => {},
      onDisconnected: (cause) => disconnections.push(cause.message),
      onNotice: (error) => notices.push(error.message),
    };
    await adapter.openFeed([PRODUCT], {
      signal: new AbortController().signal,
      assertHeld: () => {},
      listener,
    });
  });
  afterEach(async () => {
    await adapter.close();
    await exchange.close();
  });
  useCleanUp();

  const nowMs = Date.now();

  const YEAR_MS = 365 * 86_400_000;

  /** Waits until the connection after `before` others is subscribed: what is said until then is heard by nobody. */
  async function connectedAgain(before: number): Promise<void> {
    await until('it is connected again', () => exchange.connections > before);
  }

  it('is told of once, and not once per connection', async () => {
    exchange.say('<<<');
    await until('it was told', () => notices.length === 1);
    exchange.cut();
    await connectedAgain(1);
    await until('it is subscribed', () => {
      exchange.say('<<<');
      exchange.heartbeat(1, nowMs);
      return told.length > 0;
    });
    expect(notices).toHaveLength(1);
  });

  it('says nothing of the future: such a trade is missed, such a heartbeat is none', async () => {
    exchange.match(1, nowMs);
    exchange.match(2, nowMs + YEAR_MS);
    exchange.heartbeat(2, nowMs + YEAR_MS);
    exchange.match(3, nowMs + 1);
    exchange.heartbeat(3, nowMs + 2);
    await until('the last was told', () => told.includes('caught up 2'));
    expect(told).toEqual(['trade 1', 'gap 1', 'trade 3', 'caught up 2']);
    expect(notices).toEqual([
      expect.stringContaining(`trade of ${PRODUCT} with a time`),
      expect.stringContaining(`heartbeat of ${PRODUCT} with a time`),
    ]);
  });

  it('is believed on another connection when all it says has another time from now on', async () => {
    const hourMs = 3_600_000;
    exchange.match(1, nowMs);
    await until('it was told', () => told.length === 1);
    const talking = setInterval(() => exchange.heartbeat(1, nowMs + hourMs), 50);
    try {
      await until('it was believed', () => told.includes(`caught up ${hourMs}`));
    } finally {
      clearInterval(talking);
    }
    expect(disconnections).toEqual([expect.stringMatching(/stalled: no heartbeat/)]);
  });
});

describe('a feed whose address no socket takes', () => {
  useCleanUp();

  it('is refused, and leaves nothing open', async () => {
    const adapter = new CoinbaseAdapter({ restUrl: 'http://127.0.0.1:9', wsUrl: 'ws://127.0.0.1:9/#feed' });
    const listener = { onDisconnected: () => {}, onNotice: () => {} } as unknown as FeedListener;
    const signal = new AbortController().signal;
    await expect(adapter.openFeed([PRODUCT], { signal, assertHeld: () => {}, listener })).rejects.toThrow(
      /fragment/,
    );
    await adapter.close();
  });
});
