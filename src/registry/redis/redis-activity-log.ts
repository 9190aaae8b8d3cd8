/** The activity log on a Redis stream: read here, written by the scripts of the lease store. */
import {
  activityEventSchema,
  predecessorSchema,
  type ActivityEntry,
  type ActivityEvent,
  type Predecessor,
} from '../activity';
import type { ActivityLog, ActivityPage, ActivityPageRequest } from '../activity-log';
import type { LeaseConnection } from './connection';
import { compareStreamIds, FIRST_STREAM_ID } from '../stream-id';
import { followStream } from './follow-stream';
import { keys } from './keys';
import type { RedisLike } from './redis-like';
import { storeUnavailable } from './store-failure';
import { readEntries, type RawEntry } from './stream-reply';

export class RedisActivityLog implements ActivityLog {
  constructor(private readonly connection: LeaseConnection) {}

  async page(exchangeId: number, { count, cursor }: ActivityPageRequest): Promise<ActivityPage> {
    const raw = await newest(await this.connection.forBulk(), exchangeId, cursor, count + 1);
    const page = raw.slice(0, count);
    return {
      entries: page.map(readActivity).filter((entry) => entry !== null),
      nextCursor: raw.length > count ? (page.at(-1)?.id ?? null) : null,
    };
  }

  async lastId(exchangeId: number): Promise<string> {
    const [last] = await newest(this.connection.client, exchangeId, null, 1);
    return last?.id ?? FIRST_STREAM_ID;
  }

  follow(exchangeId: number, afterId: string, signal: AbortSignal): AsyncIterable<ActivityEntry> {
    const raw = followStream(this.connection, keys.activity(exchangeId), afterId, signal);
    return (async function* () {
      for await (const item of raw) {
        const entry = readActivity(item);
        if (entry !== null) yield entry;
      }
    })();
  }
}

async function newest(
  client: RedisLike,
  exchangeId: number,
  before: string | null,
  count: number,
): Promise<RawEntry[]> {
  // Nothing is before the first id there can be, and Redis refuses the question.
  if (before !== null && compareStreamIds(before, FIRST_STREAM_ID) === 0) return [];
  const from = before === null ? '+' : `(${before}`;
  try {
    const raw = await client.call('xrevrange', keys.activity(exchangeId), from, '-', 'COUNT', count);
    return readEntries(raw);
  } catch (error) {
    // Not a stream: nothing of ours is in it, and the next event replaces it.
    if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return [];
    throw storeUnavailable('reading the activity log', error);
  }
}

/** `null` when it is none of ours. The script adds what only it knew: the token, and the claim before. */
function readActivity({ id, fields }: RawEntry): ActivityEntry | null {
  const event = activityEventSchema.safeParse(parsed(fields.get('event')));
  if (!event.success) return null;
  return { ...event.data, ...stampOf(fields), id };
}

function stampOf(fields: ReadonlyMap<string, string>): {
  fencingToken?: ActivityEvent['fencingToken'];
  predecessor?: Predecessor | null;
} {
  const token = Number(fields.get('fencingToken'));
  const predecessor = predecessorSchema.nullable().safeParse(parsed(fields.get('predecessor')));
  return {
    ...(Number.isSafeInteger(token) ? { fencingToken: token } : {}),
    ...(predecessor.success ? { predecessor: predecessor.data } : {}),
  };
}

function parsed(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}
