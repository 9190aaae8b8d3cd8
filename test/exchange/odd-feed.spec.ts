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
});
