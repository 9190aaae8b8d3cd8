/**
 * The wire of the Coinbase Exchange, checked: what a frame of the feed and an answer of REST may say.
 * https://docs.cdp.coinbase.com/exchange/websocket-feed/channels
 * https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-product-candles
 */
import { z } from 'zod';
import type { Candle } from '../candle';
import type { Trade } from '../exchange-adapter';

const decimal = z
  .string()
  .regex(/^\d{1,30}(\.\d{1,30})?$/)
  .transform(Number);
const count = z.number().int().nonnegative();
const time = z
  .string()
  .max(40)
  .transform((text, context) => {
    const timeMs = Date.parse(text);
    if (Number.isNaN(timeMs)) context.addIssue({ code: 'custom', message: 'not a time' });
    return timeMs;
  });
const product = z.string().max(40);

const matchSchema = z.object({
  type: z.enum(['match', 'last_match']),
  product_id: product,
  trade_id: count,
  time,
  price: decimal,
  size: decimal,
});
const heartbeatSchema = z.object({
  type: z.literal('heartbeat'),
  product_id: product,
  last_trade_id: count.optional(),
  time,
});
const subscriptionsSchema = z.object({
  type: z.literal('subscriptions'),
  channels: z.array(z.object({ name: z.string(), product_ids: z.array(z.string()).default([]) })),
});
const errorSchema = z.object({
  type: z.literal('error'),
  message: z.string().default(''),
  reason: z.string().default(''),
});

export type FeedMessage =
  | { readonly kind: 'trade'; readonly trade: Trade }
  | { readonly kind: 'last-trade'; readonly product: string; readonly tradeId: number }
  | {
      readonly kind: 'heartbeat';
      readonly product: string;
      readonly timeMs: number;
      readonly lastTradeId: number | null;
    }
  | { readonly kind: 'subscriptions'; readonly channels: ReadonlyMap<string, readonly string[]> }
  | { readonly kind: 'error'; readonly text: string }
  /** Known and of no use here. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'unknown'; readonly type: string }
  /** Not JSON, not an object with a type, or a known type with wrong fields. */
  | { readonly kind: 'garbage'; readonly why: string };

/** Reads one frame. Never throws. */
export function readFeedMessage(text: string): FeedMessage {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'garbage', why: 'not JSON' };
  }
  const type = typeOf(json);
  switch (type) {
    case null:
      return { kind: 'garbage', why: 'no message type' };
    case 'match':
    case 'last_match':
      return checked(matchSchema, json, type, (match) => {
        if (match.type === 'last_match') {
          return { kind: 'last-trade', product: match.product_id, tradeId: match.trade_id };
        }
        const { price, size, time: timeMs, trade_id: tradeId } = match;
        const trade = { product: match.product_id, tradeId, timeMs, price, size };
        return { kind: 'trade', trade };
      });
    case 'heartbeat':
      return checked(heartbeatSchema, json, type, (beat) => ({
        kind: 'heartbeat',
        product: beat.product_id,
        timeMs: beat.time,
        lastTradeId: beat.last_trade_id ?? null,
      }));
    case 'subscriptions':
      return checked(subscriptionsSchema, json, type, ({ channels }) => ({
        kind: 'subscriptions',
        channels: new Map(channels.map(({ name, product_ids }) => [name, product_ids])),
      }));
    case 'error':
      return checked(errorSchema, json, type, ({ message, reason }) => ({
        kind: 'error',
        text: [message, reason]
          .filter((part) => part !== '')
          .join(': ')
          .slice(0, 300),
      }));
    case 'ticker':
      return { kind: 'ignored' };
    default:
      return { kind: 'unknown', type: type.slice(0, 40) };
  }
}

function typeOf(json: unknown): string | null {
  const type = typeof json === 'object' && json !== null && 'type' in json ? json.type : null;
  return typeof type === 'string' ? type : null;
}

function checked<T>(
  schema: z.ZodType<T>,
  json: unknown,
  type: string,
  use: (message: T) => FeedMessage,
): FeedMessage {
  const parsed = schema.safeParse(json);
  if (parsed.success) return use(parsed.data);
  const fields = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
  return { kind: 'garbage', why: `${type} with a wrong ${fields}`.slice(0, 120) };
}

const number = z.number().nonnegative();
/** `[time, low, high, open, close, volume]`; on the wire newest first. */
const bucket = z
  .tuple([z.number().int(), number, number, number, number, number])
  .refine(([, low, high, open, close]) => low <= Math.min(open, close) && high >= Math.max(open, close));

/** An answer of `/products/:id/candles`, oldest first. */
export const candlePageSchema = z
  .array(bucket)
  .max(1_000)
  .transform((buckets): Candle[] =>
    buckets
      .map(([at, low, high, open, close, volume]) => ({ time: at, open, high, low, close, volume }))
      .sort((left, right) => left.time - right.time),
  );
