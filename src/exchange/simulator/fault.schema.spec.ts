import * as fc from 'fast-check';
import { FAULT_KINDS, parseFault } from './fault.schema';

const PRODUCTS = ['BTC-USD', 'ETH-USD'];

describe('parseFault', () => {
  it.each(FAULT_KINDS.map((kind) => [kind]))(
    'knows %s, with a time and a product where it may have one',
    (kind) => {
      const delay = kind === 'slowBackfill' || kind === 'slowTicks' ? { delayMs: 50 } : {};
      const input = { kind, forMs: 1_000, product: 'BTC-USD', ...delay };
      const socketless = kind === 'refusal' ? { of: 'subscribe' } : {};
      expect(parseFault({ ...input, ...socketless }, PRODUCTS)).toMatchObject({
        outcome: 'fault',
        fault: input,
      });
    },
  );

  it.each([
    [
      'nothing at all',
      null,
      { field: 'body', value: null, accepted: expect.stringContaining('a JSON object') },
    ],
    ['a list', [], { field: 'body', value: [] }],
    ['no kind', {}, { field: 'kind', value: null, accepted: expect.stringContaining('gap, stall, close') }],
    ['an unknown kind', { kind: 'flood' }, { field: 'kind', value: 'flood' }],
    ['a kind of Object.prototype', { kind: 'constructor' }, { field: 'kind', value: 'constructor' }],
    [
      'a count that is no number',
      { kind: 'gap', count: '3' },
      { field: 'count', value: '3', accepted: 'a whole number from 1 to 1000000' },
    ],
    ['a count of zero', { kind: 'gap', count: 0 }, { field: 'count', value: 0 }],
    ['half a count', { kind: 'gap', count: 1.5 }, { field: 'count', value: 1.5 }],
    [
      'a missing time',
      { kind: 'stall' },
      { field: 'forMs', value: null, accepted: expect.stringContaining('whole') },
    ],
    ['a count where none counts', { kind: 'stall', forMs: 1, count: 2 }, { field: 'count', value: 2 }],
    [
      'an unknown field',
      { kind: 'gap', cuont: 2 },
      { field: 'cuont', value: 2, accepted: 'only kind, product, count, forMs' },
    ],
    ['a close code nobody may send', { kind: 'close', code: 1005 }, { field: 'code', value: 1005 }],
    [
      'an unknown product',
      { kind: 'gap', product: 'X' },
      { field: 'product', accepted: 'one of BTC-USD, ETH-USD' },
    ],
    ['a product for a socket', { kind: 'refusal', product: 'BTC-USD' }, { field: 'product' }],
    ['a status that is none', { kind: 'html', status: 99 }, { field: 'status', value: 99 }],
    ['a delay that is missing', { kind: 'slowBackfill' }, { field: 'delayMs', value: null }],
  ])('refuses %s by name', (_what, input, refusal) => {
    expect(parseFault(input, PRODUCTS)).toEqual({
      outcome: 'refused',
      refusal: expect.objectContaining(refusal),
    });
  });

  it('answers whatever it is given, and never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...FAULT_KINDS), (value, kind) => {
        expect(['fault', 'refused']).toContain(parseFault(value, PRODUCTS).outcome);
        expect(['fault', 'refused']).toContain(
          parseFault({ kind, count: value, code: value }, PRODUCTS).outcome,
        );
      }),
      { numRuns: 100 },
    );
  });
});
