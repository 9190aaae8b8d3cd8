/** The activity log on memory. */
import type { ActivityEntry } from '../activity';
import type { ActivityLog, ActivityPage, ActivityPageRequest } from '../activity-log';
import { compareStreamIds, FIRST_STREAM_ID } from '../stream-id';
import type { MemoryStore } from './memory-store';

export class MemoryActivityLog implements ActivityLog {
  constructor(private readonly world: MemoryStore) {}

  async page(exchangeId: number, { count, cursor }: ActivityPageRequest): Promise<ActivityPage> {
    this.world.assertUp('reading the activity log');
    const all = this.world.exchange(exchangeId).activity.entries;
    const older = all.filter(({ id }) => cursor === null || compareStreamIds(id, cursor) < 0);
    const page = older.slice(-count).toReversed();
    const hasMore = older.length > page.length;
    return {
      entries: page.map(({ id, value }) => ({ ...value, id })),
      nextCursor: hasMore ? (page.at(-1)?.id ?? null) : null,
    };
  }

  async lastId(exchangeId: number): Promise<string> {
    this.world.assertUp('reading the activity log');
    return this.world.exchange(exchangeId).activity.entries.at(-1)?.id ?? FIRST_STREAM_ID;
  }

  follow(exchangeId: number, afterId: string, signal: AbortSignal): AsyncIterable<ActivityEntry> {
    const { activity } = this.world.exchange(exchangeId);
    const entries = activity.follow(afterId, signal, () => !this.world.down);
    return (async function* () {
      for await (const { id, value } of entries) yield { ...value, id };
    })();
  }
}
