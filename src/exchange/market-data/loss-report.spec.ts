import { FakeClock } from '../../fake-clock';
import { LossReport } from './loss-report';

describe('the report of lost trades', () => {
  let clock: FakeClock;
  let ending: AbortController;
  let told: string[];
  let report: LossReport;

  beforeEach(() => {
    clock = new FakeClock();
    ending = new AbortController();
    told = [];
    report = new LossReport({
      clock,
      signal: ending.signal,
      tell: ({ product, missing }) => told.push(`${product} ${missing}`),
    });
  });
  afterEach(async () => {
    ending.abort();
    await clock.settle();
    expect(clock.pendingTimers).toBe(0);
  });

  it('tells the first at once, and the sum of the others once a minute', async () => {
    for (let second = 0; second < 150; second++) {
      report.note('BTC-USD', 2);
      await clock.advance(1_000);
    }
    expect(told).toEqual(['BTC-USD 2', 'BTC-USD 118', 'BTC-USD 120']);
    await clock.advance(60_000);
    expect(told.slice(3)).toEqual(['BTC-USD 60']);
  });

  it('tells at once again after a minute without a loss', async () => {
    report.note('BTC-USD', 1);
    await clock.advance(60_000);
    expect(clock.pendingTimers).toBe(0);
    report.note('BTC-USD', 3);
    expect(told).toEqual(['BTC-USD 1', 'BTC-USD 3']);
  });

  it('keeps the products apart', () => {
    report.note('BTC-USD', 1);
    report.note('ETH-USD', 2);
    report.note('BTC-USD', 1);
    expect(told).toEqual(['BTC-USD 1', 'ETH-USD 2']);
  });
});
