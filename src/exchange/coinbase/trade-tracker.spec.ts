import { TradeTracker } from './trade-tracker';

describe('the trade tracker', () => {
  it('takes the first trade as it comes', () => {
    expect(new TradeTracker().seeTrade(500)).toEqual({ kind: 'next' });
  });

  it('drops a repeated and an older trade', () => {
    const tracker = new TradeTracker();
    tracker.seeTrade(500);
    expect(tracker.seeTrade(500)).toEqual({ kind: 'duplicate' });
    expect(tracker.seeTrade(499)).toEqual({ kind: 'duplicate' });
  });

  it('counts the trades that were skipped', () => {
    const tracker = new TradeTracker();
    tracker.seeTrade(500);
    expect(tracker.seeTrade(504)).toEqual({ kind: 'gap', missing: 3 });
    expect(tracker.seeTrade(505)).toEqual({ kind: 'next' });
  });

  it('knows from the last trade before the subscription what must come first', () => {
    const tracker = new TradeTracker();
    tracker.begin(500);
    expect(tracker.seeTrade(502)).toEqual({ kind: 'gap', missing: 1 });
  });

  it('learns of a lost trade from two heartbeats, and not from one that overtook the trade', () => {
    const tracker = new TradeTracker();
    tracker.seeTrade(500);
    expect(tracker.seeHeartbeat(502)).toEqual({ kind: 'unknown' });
    tracker.seeTrade(501);
    tracker.seeTrade(502);
    expect(tracker.seeHeartbeat(502)).toEqual({ kind: 'caught-up' });

    expect(tracker.seeHeartbeat(504)).toEqual({ kind: 'unknown' });
    expect(tracker.seeHeartbeat(505)).toEqual({ kind: 'gap', missing: 2 });
    expect(tracker.seeHeartbeat(505)).toEqual({ kind: 'gap', missing: 1 });
    expect(tracker.seeHeartbeat(505)).toEqual({ kind: 'caught-up' });
  });

  it('believes no heartbeat that names trade 0', () => {
    const tracker = new TradeTracker();
    tracker.seeTrade(500);
    expect(tracker.seeHeartbeat(0)).toEqual({ kind: 'caught-up' });
  });
});
