/** What an exchange's keys in Redis say: the claim, the activity log, and that both are in order. */
import type { Redis } from 'ioredis';
import type { RedisServer } from './redis-server';
import { waitFor } from './wait-for';

export const STATUS_KEY = 'exchange:2:status';
export const ACTIVITY_KEY = `{${STATUS_KEY}}:activity`;

/** One entry of the activity log, as it is stored. */
export interface StoredEvent {
  readonly type: string;
  readonly instanceId: string;
  readonly seq: number;
  readonly cause: string;
  readonly from?: string;
  readonly to?: string;
  readonly predecessor?: { readonly ended: string } | null;
}

/** The name of every key. */
export async function keysIn(redis: RedisServer): Promise<string[]> {
  const client = redis.client();
  const keys = await client.keys('*');
  client.disconnect();
  return keys.toSorted();
}

/** The whole activity log of the exchange, oldest first. */
export async function activityOf(redis: RedisServer): Promise<StoredEvent[]> {
  const client = redis.client();
  const entries = await client.xrange(ACTIVITY_KEY, '-', '+');
  client.disconnect();
  return entries.map(([, fields]) => {
    const predecessor = fields.indexOf('predecessor');
    return {
      ...(JSON.parse(fields[fields.indexOf('event') + 1]!) as StoredEvent),
      ...(predecessor === -1 ? {} : { predecessor: JSON.parse(fields[predecessor + 1]!) as null }),
    };
  });
}

/** The events of one instance in their order; throws when one is missing or is there twice. */
export async function eventsOf(redis: RedisServer, instanceId: unknown): Promise<StoredEvent[]> {
  const events = (await activityOf(redis)).filter((event) => event.instanceId === instanceId);
  const sequence = events.map(({ seq }) => seq);
  if (sequence.some((seq, index) => seq !== index + 1))
    throw new Error(`the log has the events ${sequence.join(', ')} of ${String(instanceId)}`);
  return events;
}

/** Its moves, written `idle > starting`; throws when one does not begin where the one before ended. */
export function movesOf(events: readonly StoredEvent[]): string[] {
  const moves = events.filter(({ type }) => type === 'transition');
  moves.reduce((state, { from, to }) => {
    if (from !== state) throw new Error(`a move from ${from} follows state ${state}`);
    return to!;
  }, 'idle');
  return moves.map(({ from, to }) => `${from} > ${to}`);
}

/** Waits until no process but those of the test is connected to Redis. */
export async function untilNobodyElseIsConnected(redis: RedisServer): Promise<void> {
  const client: Redis = redis.client();
  const others = async () =>
    String(await client.client('LIST'))
      .split('\n')
      .filter((line) => line.includes('id=')).length - 1;
  await waitFor(async () => (await others()) === 0, { describe: 'the end of every connection to Redis' });
  client.disconnect();
}
