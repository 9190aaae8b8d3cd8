/**
 * The messages of the Coinbase Exchange public feed and REST interface, as the simulator writes them.
 *
 * Prices and sizes are decimal texts, times ISO 8601 with microseconds.
 * Source: docs.cdp.coinbase.com/exchange (WebSocket channels; REST market data).
 */
import type { Market, Trade } from './market';
import { type ProductProfile, priceText, sizeText } from './product-profile';

export type Channel = 'heartbeat' | 'ticker' | 'matches';
export const CHANNELS: readonly Channel[] = ['heartbeat', 'ticker', 'matches'];

/** One trade as REST and the feed name its parts. */
function tradeFields(profile: ProductProfile, trade: Trade) {
  return {
    time: timeText(trade.timeMs),
    trade_id: trade.id,
    price: priceText(profile, trade.priceTicks),
    size: sizeText(trade.sizeUnits),
    side: trade.makerSide,
  };
}

export function matchMessage(type: 'match' | 'last_match', profile: ProductProfile, trade: Trade) {
  return {
    type,
    ...tradeFields(profile, trade),
    product_id: profile.id,
    sequence: trade.sequence,
    maker_order_id: orderId(profile, trade, 0),
    taker_order_id: orderId(profile, trade, 1),
  };
}

export function heartbeatMessage(profile: ProductProfile, last: Trade, nowMs: number) {
  return {
    type: 'heartbeat',
    last_trade_id: last.id,
    product_id: profile.id,
    sequence: last.sequence,
    time: timeText(nowMs),
  };
}

/** The day's figures are those of the last full minute. */
export function tickerMessage(market: Market, trade: Trade) {
  const { profile } = market;
  const figures = market.figures(trade.timeMs);
  const bid = trade.makerSide === 'buy' ? trade.priceTicks : Math.max(1, trade.priceTicks - 1);
  return {
    type: 'ticker',
    sequence: trade.sequence,
    product_id: profile.id,
    price: priceText(profile, trade.priceTicks),
    open_24h: figures.open24h.toFixed(profile.priceDecimals),
    volume_24h: figures.volume24h.toFixed(8),
    low_24h: figures.low24h.toFixed(profile.priceDecimals),
    high_24h: figures.high24h.toFixed(profile.priceDecimals),
    volume_30d: figures.volume30d.toFixed(8),
    best_bid: priceText(profile, bid),
    best_bid_size: sizeText(trade.sizeUnits + 1),
    best_ask: priceText(profile, bid + 1),
    best_ask_size: sizeText(trade.sizeUnits + 2),
    // The feed's ticker names the side of the taker, its match that of the maker.
    side: trade.makerSide === 'buy' ? 'sell' : 'buy',
    time: timeText(trade.timeMs),
    trade_id: trade.id,
    last_size: sizeText(trade.sizeUnits),
  };
}

export function errorMessage(message: string, reason: string) {
  return { type: 'error', message, reason };
}

export function restTrade(profile: ProductProfile, trade: Trade) {
  return tradeFields(profile, trade);
}

export function restTicker(market: Market, nowMs: number) {
  const trade = market.lastTrade(nowMs);
  const ticker = tickerMessage(market, trade);
  return {
    trade_id: trade.id,
    price: ticker.price,
    size: ticker.last_size,
    time: ticker.time,
    bid: ticker.best_bid,
    ask: ticker.best_ask,
    volume: ticker.volume_24h,
  };
}

export function restProduct(profile: ProductProfile) {
  return {
    id: profile.id,
    base_currency: profile.base,
    quote_currency: profile.quote,
    quote_increment: priceText(profile, 1),
    base_increment: '0.00000001',
    display_name: `${profile.base}/${profile.quote}`,
    min_market_funds: '1',
    margin_enabled: false,
    post_only: false,
    limit_only: false,
    cancel_only: false,
    status: 'online',
    status_message: '',
    trading_disabled: false,
    fx_stablecoin: false,
    max_slippage_percentage: '0.02000000',
    auction_mode: false,
    high_bid_limit_percentage: '',
  };
}

/** ISO 8601 with six decimals, as the exchange writes times. */
export function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('Z', '000Z');
}

/** A made-up order id with the looks of a UUID, the same for the same trade. */
function orderId(profile: ProductProfile, trade: Trade, party: 0 | 1): string {
  const product = Buffer.from(profile.id).toString('hex').padEnd(8, '0').slice(0, 8);
  const number = (trade.id * 2 + party).toString(16).padStart(12, '0');
  return `${product}-0000-4000-8000-${number}`;
}
