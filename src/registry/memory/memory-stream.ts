/** A log that grows: entries with ids, removable one by one, followed by any number of readers. */
import { compareStreamIds, FIRST_STREAM_ID } from '../stream-id';

export interface StreamEntry<T> {
  readonly id: string;
  readonly value: T;
}

export class MemoryStream<T> {
  private list: StreamEntry<T>[] = [];
  private lastId = FIRST_STREAM_ID;
  private readonly waiting = new Set<() => void>();

  /** Oldest first. */
  get entries(): readonly StreamEntry<T>[] {
    return this.list;
  }

  /** Appends under an id later than every earlier one, at `nowMs` if the clock allows. */
  append(nowMs: number, value: T): string {
    const [ms, seq] = this.lastId.split('-').map(Number) as [number, number];
    this.lastId = nowMs > ms ? `${nowMs}-0` : `${ms}-${seq + 1}`;
    this.list.push({ id: this.lastId, value });
    this.wake();
    return this.lastId;
  }

  /** Removes an entry; true if it was there. */
  remove(id: string): boolean {
    const index = this.list.findIndex((entry) => entry.id === id);
    if (index >= 0) this.list.splice(index, 1);
    return index >= 0;
  }

  clear(): void {
    this.list = [];
  }

  /** Lets every follower look again. */
  wake(): void {
    for (const wakeUp of this.waiting) wakeUp();
    this.waiting.clear();
  }

  /** Entries after `afterId` (`'$'`: from this call on) until the signal is aborted, while `isUp` says so. */
  follow(afterId: string, signal: AbortSignal, isUp: () => boolean): AsyncIterable<StreamEntry<T>> {
    let cursor = afterId === '$' ? this.lastId : afterId;
    const next = () =>
      isUp() ? this.list.find((entry) => compareStreamIds(entry.id, cursor) > 0) : undefined;
    const growth = () => this.growth(signal);
    return (async function* () {
      while (!signal.aborted) {
        const entry = next();
        if (entry === undefined) {
          await growth();
        } else {
          cursor = entry.id;
          yield entry;
        }
      }
    })();
  }

  private growth(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done);
        this.waiting.delete(done);
        resolve();
      };
      signal.addEventListener('abort', done, { once: true });
      this.waiting.add(done);
    });
  }
}
