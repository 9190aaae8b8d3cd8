import type { MarketEvent } from './event-buffer';
import { EventConsumer } from './event-consumer';
import { nextTurn } from './next-turn';

function trade(tradeId: number): MarketEvent {
  const product = 'BTC-USD';
  return { kind: 'trade', product, trade: { product, tradeId, timeMs: tradeId, price: 1, size: 1 } };
}

function numbers(count: number, from = 1): number[] {
  return Array.from({ length: count }, (_, at) => from + at);
}

describe('the event consumer', () => {
  let handled: number[];
  let consumer: EventConsumer;
  beforeEach(() => {
    handled = [];
    consumer = new EventConsumer(10_000, (event) => {
      if (event.kind === 'trade') handled.push(event.trade.tradeId);
    });
  });

  it('keeps everything until work begins', () => {
    numbers(3).forEach((id) => consumer.take(trade(id)));
    expect(handled).toEqual([]);
    expect(consumer.depth).toBe(3);
  });

  it('keeps the order when events come during the replay', async () => {
    numbers(1_200).forEach((id) => consumer.take(trade(id)));
    consumer.begin();
    expect(consumer.depth).toBe(700);
    numbers(300, 1_201).forEach((id) => consumer.take(trade(id)));
    while (consumer.depth > 0) await nextTurn();
    await nextTurn();
    consumer.take(trade(1_501));
    expect(handled).toEqual(numbers(1_501));
  });

  it('drops what comes while it is paused, and what waited', async () => {
    consumer.take(trade(1));
    consumer.pause();
    consumer.take(trade(2));
    consumer.begin();
    await nextTurn();
    consumer.resume();
    consumer.take(trade(3));
    expect(handled).toEqual([3]);
  });

  it('does nothing more once it was stopped, not even what waited', async () => {
    numbers(1_200).forEach((id) => consumer.take(trade(id)));
    consumer.begin();
    await consumer.stop();
    consumer.take(trade(5_000));
    consumer.begin();
    expect(handled).toHaveLength(500);
    expect(consumer.depth).toBe(0);
  });
});
