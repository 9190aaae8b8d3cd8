import { candlePageSchema, readFeedMessage } from './coinbase.messages';

const match = {
  type: 'match',
  trade_id: 10,
  sequence: 50,
  maker_order_id: 'ac928c66-ca53-498f-9c13-a110027a60e8',
  taker_order_id: '132fb6ae-456b-4654-b4e0-d681ac05cea1',
  time: '2026-11-07T08:19:27.028459Z',
  product_id: 'BTC-USD',
  size: '5.23512',
  price: '400.23',
  side: 'sell',
};

function read(message: unknown) {
  return readFeedMessage(typeof message === 'string' ? message : JSON.stringify(message));
}

describe('a frame of the feed', () => {
  it('is a trade', () => {
    expect(read(match)).toEqual({
      kind: 'trade',
      trade: {
        product: 'BTC-USD',
        tradeId: 10,
        timeMs: Date.parse('2026-11-07T08:19:27.028Z'),
        price: 400.23,
        size: 5.23512,
      },
    });
  });

  it('is the last trade before the subscription', () => {
    expect(read({ ...match, type: 'last_match' })).toEqual({
      kind: 'last-trade',
      product: 'BTC-USD',
      tradeId: 10,
    });
  });

  it('is a heartbeat, with or without a trade id', () => {
    const heartbeat = {
      type: 'heartbeat',
      sequence: 90,
      product_id: 'BTC-USD',
      time: '2026-11-07T08:19:28.464459Z',
    };
    expect(read(heartbeat)).toMatchObject({ kind: 'heartbeat', product: 'BTC-USD', lastTradeId: null });
    expect(read({ ...heartbeat, last_trade_id: 20 })).toMatchObject({ lastTradeId: 20 });
  });

  it('is a refusal', () => {
    expect(read({ type: 'error', message: 'Failed to subscribe', reason: 'X-Y is not valid' })).toEqual({
      kind: 'error',
      text: 'Failed to subscribe: X-Y is not valid',
    });
  });

  it.each([
    ['ticker', { kind: 'ignored' }],
    ['auction', { kind: 'unknown', type: 'auction' }],
    ['toString', { kind: 'unknown', type: 'toString' }],
  ])('of type %s', (type, expected) => {
    expect(read({ type })).toEqual(expected);
  });

  it.each([
    ['text', '<<<this is not JSON', 'not JSON'],
    ['nothing', '', 'not JSON'],
    ['half a message', JSON.stringify(match).slice(0, 80), 'not JSON'],
    ['null', 'null', 'no message type'],
    ['a list', [match], 'no message type'],
    ['a number for its type', { type: 5 }, 'no message type'],
    ['a price of letters', { ...match, price: 'NaN' }, 'match with a wrong price'],
    ['a negative size', { ...match, size: '-1' }, 'match with a wrong size'],
    ['a price that is no text', { ...match, price: 400 }, 'match with a wrong price'],
    ['no time', { ...match, time: 'yesterday' }, 'match with a wrong time'],
    ['half a trade', { ...match, trade_id: 1.5 }, 'match with a wrong trade_id'],
  ])('with %s is garbage', (_, message, why) => {
    expect(read(message)).toEqual({ kind: 'garbage', why });
  });
});

describe('a page of candles', () => {
  it('is turned round: oldest first', () => {
    const page = candlePageSchema.parse([
      [120, 1, 4, 2, 3, 9],
      [60, 1, 4, 2, 3, 8],
    ]);
    expect(page.map(({ time, volume }) => [time, volume])).toEqual([
      [60, 8],
      [120, 9],
    ]);
    expect(page[0]).toEqual({ time: 60, low: 1, high: 4, open: 2, close: 3, volume: 8 });
  });

  it.each([
    ['an object', { message: 'NotFound' }],
    ['half a candle', [[60, 1, 4]]],
    ['a price that is null', [[60, null, 4, 2, 3, 8]]],
    ['a candle as text', ['60,1,4,2,3,8']],
    ['a low above the high', [[60, 5, 4, 4, 4, 8]]],
    ['an open outside the range', [[60, 1, 4, 5, 3, 8]]],
  ])('is refused when it is %s', (_, page) => {
    expect(candlePageSchema.safeParse(page).success).toBe(false);
  });
});
