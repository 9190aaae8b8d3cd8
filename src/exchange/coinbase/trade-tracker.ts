/**
 * Tells new trades from repeated ones and notices missing ones, for one product of a feed.
 *
 * Decides by the trade id, which grows by one with every trade, and not by the `sequence` of a message: that counts
 * every message of the product's full channel, of which a feed of `matches` shows only some, so a jump in it proves
 * nothing, and a trade with a new id is new whatever its sequence.
 * See https://docs.cdp.coinbase.com/exchange/websocket-feed/channels (heartbeat, matches).
 */
export type Sighting =
  | { readonly kind: 'next' }
  | { readonly kind: 'duplicate' }
  /** New, and this many before it never came. */
  | { readonly kind: 'gap'; readonly missing: number };

export type HeartbeatSighting =
  | { readonly kind: 'caught-up' }
  /** Trades have not come yet; whether they are lost will be known at the next heartbeat. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'gap'; readonly missing: number };

/** So many heartbeats (one a second) in a row that have not reached an id prove that there is no such trade. */
const DISPROVING_HEARTBEATS = 10;

export class TradeTracker {
  private lastTradeId: number | null = null;
  /** What the previous heartbeat promised and the feed had not delivered by then. */
  private promisedTradeId: number | null = null;
  /** The id that heartbeats have not reached, and how many of them. */
  private doubted: { readonly tradeId: number; readonly heartbeats: number } | null = null;
  /** Trades dropped as repeated since the last new one. */
  private dropped = 0;

  /** The last trade before the subscription: what follows it must be the next. */
  begin(tradeId: number): void {
    if (this.lastTradeId === null) this.lastTradeId = tradeId;
  }

  seeTrade(tradeId: number): Sighting {
    const last = this.lastTradeId;
    if (last !== null && tradeId <= last) {
      this.dropped += 1;
      return { kind: 'duplicate' };
    }
    this.dropped = 0;
    this.lastTradeId = tradeId;
    const missing = last === null ? 0 : tradeId - last - 1;
    return missing > 0 ? { kind: 'gap', missing } : { kind: 'next' };
  }

  /** A heartbeat may overtake a trade: only what is still missing at the following one counts as lost. */
  seeHeartbeat(lastTradeId: number | null): HeartbeatSighting {
    const last = this.lastTradeId;
    // Ids only grow: a promise that the next heartbeat does not repeat was false.
    const promised = this.promisedTradeId === null ? null : Math.min(this.promisedTradeId, lastTradeId ?? 0);
    this.promisedTradeId = null;
    // Some feeds have long sent 0 here; that promises nothing.
    if (lastTradeId === null || lastTradeId === 0) return { kind: 'caught-up' };
    if (last === null) {
      this.lastTradeId = lastTradeId;
      return { kind: 'caught-up' };
    }
    if (lastTradeId < last) return this.seeLowHeartbeat(last, lastTradeId);
    this.doubted = null;
    if (lastTradeId === last) return { kind: 'caught-up' };
    if (promised !== null && promised > last) {
      this.lastTradeId = promised;
      this.promisedTradeId = lastTradeId > promised ? lastTradeId : null;
      return { kind: 'gap', missing: promised - last };
    }
    this.promisedTradeId = lastTradeId;
    return { kind: 'unknown' };
  }

  /** A heartbeat may lag behind the trades. But where it never comes to the last id, that was false, or ids began anew. */
  private seeLowHeartbeat(last: number, lastTradeId: number): HeartbeatSighting {
    const { doubted } = this;
    const isDoubtedStill = doubted !== null && lastTradeId < doubted.tradeId;
    const tradeId = isDoubtedStill ? doubted.tradeId : last;
    const heartbeats = isDoubtedStill ? doubted.heartbeats + 1 : 1;
    this.doubted = { tradeId, heartbeats };
    if (heartbeats < DISPROVING_HEARTBEATS) return { kind: 'caught-up' };
    const missing = this.dropped;
    this.doubted = null;
    this.dropped = 0;
    this.lastTradeId = lastTradeId;
    return missing > 0 ? { kind: 'gap', missing } : { kind: 'caught-up' };
  }
}
