import * as fc from 'fast-check';
import { parseSubscriptionRequest } from './subscription-request';

const PRODUCTS = ['BTC-USD', 'ETH-USD'];
const parse = (message: unknown) => parseSubscriptionRequest(JSON.stringify(message), PRODUCTS);

describe('parseSubscriptionRequest', () => {
  it('takes the common products for a channel that names none of its own', () => {
    const channels = ['ticker', { name: 'matches', product_ids: ['ETH-USD'] }, { name: 'heartbeat' }];
    expect(parse({ type: 'subscribe', product_ids: ['BTC-USD'], channels })).toEqual({
      outcome: 'request',
      type: 'subscribe',
      channels: new Map([
        ['ticker', ['BTC-USD']],
        ['matches', ['ETH-USD']],
        ['heartbeat', ['BTC-USD']],
      ]),
    });
  });

  it('lets a client unsubscribe from a channel without naming products', () => {
    expect(parse({ type: 'unsubscribe', channels: ['ticker'] })).toMatchObject({
      channels: new Map([['ticker', []]]),
    });
  });

  it.each([
    ['another type', { type: 'login' }, 'Failed to parse message', /^type: /],
    ['no object', 7, 'Failed to parse message', /^message: /],
    [
      'no channels',
      { type: 'subscribe', product_ids: ['BTC-USD'] },
      'Failed to subscribe',
      /^No channels provided$/,
    ],
    [
      'an unknown channel',
      { type: 'subscribe', product_ids: ['BTC-USD'], channels: ['level2'] },
      'Failed to subscribe',
      /^level2 is not a valid channel$/,
    ],
    [
      'an unknown product',
      { type: 'subscribe', product_ids: ['BTC-USD', 'DOGE'], channels: ['ticker'] },
      'Failed to subscribe',
      /^DOGE is not a valid product$/,
    ],
    [
      'no products',
      { type: 'subscribe', channels: ['ticker'] },
      'Failed to subscribe',
      /^ticker needs product_ids$/,
    ],
  ])('refuses %s, saying why', (_what, message, failure, reason) => {
    expect(parse(message)).toEqual({
      outcome: 'refused',
      message: failure,
      reason: expect.stringMatching(reason),
    });
  });

  it('answers whatever text it is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parseSubscriptionRequest(text, PRODUCTS).outcome).toBe('refused');
      }),
    );
  });
});
