/**
 * The live side of one market: what happened since the last look, and what subscribers are told of it.
 *
 * Decides the order of messages and plays the faults of the feed. Moves only when `advance` is called.
 */
import type { FaultPlan } from './fault-plan';
import type { FeedSession } from './feed-session';
import type { Market, Trade } from './market';
import { heartbeatMessage, matchMessage, tickerMessage } from './wire';

/** After a longer pause (a suspended machine) the tape goes on at the present, and clients see a gap. */
const MAX_BEHIND_MS = 60_000;

export class TradeTape {
  private last: Trade;
  private beats: number;

  constructor(
    readonly market: Market,
    private readonly faults: FaultPlan,
    nowMs: number,
  ) {
    this.last = market.lastTrade(nowMs);
    this.beats = Math.floor(nowMs / 1000);
  }

  /** Without subscribers nothing is told and no fault is used up. */
  skipTo(nowMs: number): void {
    this.last = this.market.lastTrade(nowMs);
    this.beats = Math.floor(nowMs / 1000);
  }

  /** A new subscriber of `matches` or `ticker` is told the last trade, so that its next one has the next sequence. */
  welcome(session: FeedSession, channel: string): void {
    if (channel === 'matches') session.send(matchMessage('last_match', this.market.profile, this.last));
    if (channel === 'ticker') session.send(tickerMessage(this.market, this.last));
  }

  /** Tells `sessions`, all subscribed to this product, everything up to `nowMs`. */
  advance(sessions: readonly FeedSession[], nowMs: number): void {
    const product = this.market.profile.id;
    const delayMs = this.faults.peek('slowTicks', product)?.delayMs ?? 0;
    const dueMs = nowMs - delayMs;
    if (dueMs - this.last.timeMs > MAX_BEHIND_MS) this.last = this.market.lastTrade(dueMs);
    const stalled = this.faults.peek('stall', product) !== undefined;
    for (let next = this.next(); next.timeMs <= dueMs; next = this.next()) {
      this.last = next;
      if (!stalled && this.faults.take('gap', product) === undefined) this.tell(sessions, next);
    }
    const beats = Math.floor(nowMs / 1000);
    if (beats === this.beats) return;
    this.beats = beats;
    if (stalled) return;
    const message = heartbeatMessage(this.market.profile, this.last, nowMs);
    for (const session of sessions) if (session.isSubscribedTo(product, 'heartbeat')) session.send(message);
  }

  private next(): Trade {
    return this.market.trade(this.last.id + 1);
  }

  private tell(sessions: readonly FeedSession[], trade: Trade): void {
    const product = this.market.profile.id;
    const unknown = this.faults.take('unknownMessage', product);
    const garbage = this.faults.take('garbage', product);
    const times = this.faults.take('duplicates', product)?.times ?? 1;
    const match = JSON.stringify(matchMessage('match', this.market.profile, trade));
    const ticker = JSON.stringify(tickerMessage(this.market, trade));
    for (const session of sessions) {
      const close = this.faults.take('close', product);
      if (close !== undefined) {
        session.close(close.code, close.reason);
        continue;
      }
      if (unknown) session.send({ type: 'simulated_unknown', product_id: product, sequence: trade.sequence });
      if (garbage) session.sendText('<<<this is not JSON');
      if (session.isSubscribedTo(product, 'matches')) for (let n = 0; n < times; n++) session.sendText(match);
      if (session.isSubscribedTo(product, 'ticker')) session.sendText(ticker);
    }
  }
}
