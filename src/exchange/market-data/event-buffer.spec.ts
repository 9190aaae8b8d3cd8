import { EventBuffer, type MarketEvent } from './event-buffer';

function trade(tradeId: number, product = 'BTC-USD'): MarketEvent {
  return { kind: 'trade', product, trade: { product, tradeId, timeMs: tradeId, price: 1, size: 1 } };
}

describe('the event buffer', () => {
  it('gives back what it took, in order', () => {
    const buffer = new EventBuffer(10);
    const events = [trade(1), trade(2, 'ETH-USD'), trade(3)];
    events.forEach((event) => buffer.push(event));
    expect(buffer.take(2)).toEqual(events.slice(0, 2));
    expect(buffer.length).toBe(1);
    expect(buffer.take(2)).toEqual(events.slice(2));
    expect(buffer.take(2)).toEqual([]);
  });

  it('keeps only the latest of several heartbeats in a row', () => {
    const buffer = new EventBuffer(10);
    for (let timeMs = 1; timeMs <= 5; timeMs++)
      buffer.push({ kind: 'caught-up', product: 'BTC-USD', timeMs });
    expect(buffer.take(10)).toEqual([{ kind: 'caught-up', product: 'BTC-USD', timeMs: 5 }]);
  });

  it('forgets everything but the interruption of each product when it overflows', () => {
    const buffer = new EventBuffer(3);
    [trade(1), trade(2, 'ETH-USD'), trade(3), trade(4)].forEach((event) => buffer.push(event));
    expect(buffer.take(10)).toMatchObject([
      { kind: 'interruption', product: 'BTC-USD' },
      { kind: 'interruption', product: 'ETH-USD' },
      { kind: 'trade', trade: { tradeId: 4 } },
    ]);
  });

  it('never holds more than its limit, however much passes through it', () => {
    const buffer = new EventBuffer(100);
    for (let id = 1; id <= 10_000; id++) {
      buffer.push(trade(id));
      if (id % 3 === 0) buffer.take(2);
      expect(buffer.length).toBeLessThanOrEqual(101);
    }
  });
});
