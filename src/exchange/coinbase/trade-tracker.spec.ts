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

  it('takes back the promise of a heartbeat that the next one does not repeat', () => {
    const tracker = new TradeTracker();
    tracker.seeTrade(500);
    expect(tracker.seeHeartbeat(9_000_000)).toEqual({ kind: 'unknown' });
    expect(tracker.seeHeartbeat(500)).toEqual({ kind: 'caught-up' });
    expect(tracker.seeTrade(501)).toEqual({ kind: 'next' });

    expect(tracker.seeHeartbeat(9_000_000)).toEqual({ kind: 'unknown' });
    expect(tracker.seeHeartbeat(503)).toEqual({ kind: 'gap', missing: 2 });
    expect(tracker.seeTrade(504)).toEqual({ kind: 'next' });
  });

  it('takes back an id that ten heartbeats in a row have not reached, and what was dropped for it is missing', () => {
    const tracker = new TradeTracker();
    tracker.seeTrade(500);
    expect(tracker.seeTrade(9_000_000)).toEqual({ kind: 'gap', missing: 8_999_499 });
    for (let id = 501; id < 510; id++) {
      expect(tracker.seeTrade(id)).toEqual({ kind: 'duplicate' });
      expect(tracker.seeHeartbeat(id)).toEqual({ kind: 'caught-up' });
    }
    expect(tracker.seeHeartbeat(509)).toEqual({ kind: 'gap', missing: 9 });
    expect(tracker.seeTrade(510)).toEqual({ kind: 'next' });
    expect(tracker.seeHeartbeat(510)).toEqual({ kind: 'caught-up' });
  });

  it('keeps its place beside heartbeats that lag, however long', () => {
    const tracker = new TradeTracker();
    for (let id = 500; id < 600; id++) {
      expect(tracker.seeTrade(id)).toEqual({ kind: 'next' });
      expect(tracker.seeHeartbeat(id - 5)).toEqual({ kind: 'caught-up' });
    }
    expect(tracker.seeTrade(599)).toEqual({ kind: 'duplicate' });
  });
});
