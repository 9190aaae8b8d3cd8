/** Reads what a client sends on the feed: `subscribe` and `unsubscribe`, with channels as texts or objects. */
import { z } from 'zod';
import { type Channel, CHANNELS } from './wire';

export interface SubscriptionRequest {
  readonly outcome: 'request';
  readonly type: 'subscribe' | 'unsubscribe';
  /** Products per channel; an empty list occurs with `unsubscribe` alone and means all of them. */
  readonly channels: ReadonlyMap<Channel, readonly string[]>;
}

export type ParsedRequest =
  SubscriptionRequest | { readonly outcome: 'refused'; readonly message: string; readonly reason: string };

const productIds = z.array(z.string()).default([]);
const shape = z.object({
  type: z.enum(['subscribe', 'unsubscribe']),
  product_ids: productIds,
  channels: z
    .array(z.union([z.string(), z.object({ name: z.string(), product_ids: productIds })]))
    .default([]),
});

/** One bad channel or product refuses the whole message, as on the exchange. */
export function parseSubscriptionRequest(text: string, products: readonly string[]): ParsedRequest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return refused('Malformed JSON', 'a message is one JSON object');
  }
  const parsed = shape.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return refused('Failed to parse message', `${issue?.path.join('.') || 'message'}: ${issue?.message}`);
  }
  const { type, product_ids: common, channels } = parsed.data;
  const failure = `Failed to ${type}`;
  if (channels.length === 0) return refused(failure, 'No channels provided');
  const asked = new Map<Channel, readonly string[]>();
  for (const entry of channels) {
    const name = typeof entry === 'string' ? entry : entry.name;
    const channel = CHANNELS.find((known) => known === name);
    if (channel === undefined) return refused(failure, `${name} is not a valid channel`);
    const own = typeof entry === 'string' ? [] : entry.product_ids;
    const ids = [...new Set([...(asked.get(channel) ?? []), ...(own.length > 0 ? own : common)])];
    const unknown = ids.find((id) => !products.includes(id));
    if (unknown !== undefined) return refused(failure, `${unknown} is not a valid product`);
    if (ids.length === 0 && type === 'subscribe') return refused(failure, `${name} needs product_ids`);
    asked.set(channel, ids);
  }
  return { outcome: 'request', type, channels: asked };
}

function refused(message: string, reason: string): ParsedRequest {
  return { outcome: 'refused', message, reason };
}
