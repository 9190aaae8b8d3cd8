import { FaultPlan } from './fault-plan';

describe('FaultPlan', () => {
  let nowMs: number;
  let plan: FaultPlan;

  beforeEach(() => {
    nowMs = 1_000;
    plan = new FaultPlan(() => nowMs);
  });

  it('is used once and gone when neither a count nor a time was given', () => {
    plan.add({ kind: 'gap' });
    expect(plan.take('gap', 'BTC-USD')).toMatchObject({ kind: 'gap' });
    expect(plan.take('gap', 'BTC-USD')).toBeUndefined();
    expect(plan.list()).toEqual([]);
  });

  it('is used as often as its count says', () => {
    plan.add({ kind: 'http500', count: 2 });
    expect([1, 2, 3].map(() => plan.take('http500')?.status)).toEqual([500, 500, undefined]);
  });

  it('ends when its time is over, used or not', () => {
    plan.add({ kind: 'stall', forMs: 100 });
    nowMs = 1_099;
    expect(plan.peek('stall')).toBeDefined();
    nowMs = 1_100;
    expect(plan.peek('stall')).toBeUndefined();
    expect(plan.list()).toEqual([]);
  });

  it('has no end of uses while only its time ends it', () => {
    plan.add({ kind: 'http429', forMs: 100 });
    expect(Array.from({ length: 50 }, () => plan.take('http429')).every(Boolean)).toBe(true);
  });

  it('ends at whichever comes first, its count or its time', () => {
    plan.add({ kind: 'html', count: 1, forMs: 100 });
    plan.take('html');
    expect(plan.take('html')).toBeUndefined();
    plan.add({ kind: 'html', count: 1, forMs: 100 });
    nowMs += 100;
    expect(plan.take('html')).toBeUndefined();
  });

  it('applies to its product alone, and not to what concerns no product', () => {
    plan.add({ kind: 'gap', product: 'BTC-USD' });
    expect(plan.take('gap', 'ETH-USD')).toBeUndefined();
    expect(plan.take('gap')).toBeUndefined();
    expect(plan.take('gap', 'BTC-USD')).toBeDefined();
  });

  it('uses up the oldest of several first', () => {
    plan.add({ kind: 'slowBackfill', delayMs: 1 });
    plan.add({ kind: 'slowBackfill', delayMs: 2 });
    expect([1, 2, 3].map(() => plan.take('slowBackfill')?.delayMs)).toEqual([1, 2, undefined]);
  });

  it('leaves alone what the caller cannot use', () => {
    plan.add({ kind: 'refusal', of: 'subscribe' });
    expect(plan.take('refusal', undefined, ({ of }) => of === 'socket')).toBeUndefined();
    expect(plan.take('refusal', undefined, ({ of }) => of === 'subscribe')).toBeDefined();
  });

  it('shows what is on, with its defaults, since when, until when, and how often still', () => {
    expect(plan.add({ kind: 'close', count: 3 })).toEqual({
      id: 1,
      fault: { kind: 'close', code: 1011, reason: 'simulated close', count: 3 },
      since: 1_000,
      until: null,
      usesLeft: 3,
    });
    plan.take('close');
    expect(plan.list()).toMatchObject([{ id: 1, usesLeft: 2 }]);
    plan.clear();
    expect(plan.list()).toEqual([]);
  });

  it('keeps a thousand faults at most, the newest', () => {
    for (let n = 0; n < 1_005; n++) plan.add({ kind: 'gap' });
    expect(plan.list()).toHaveLength(1_000);
    expect(plan.list()[0]?.id).toBe(6);
  });
});
