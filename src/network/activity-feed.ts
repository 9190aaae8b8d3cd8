/**
 * One follower of an exchange's activity log, shared by everybody who wants to see it grow.
 *
 * Runs from the first reader to the last. Guarantees that a reader gets every entry after the position it was given,
 * once and in order; what came before is the reader's to fetch.
 */
import { Logger } from '@nestjs/common';
import type { ActivityEntry } from '../registry/activity';
import type { ActivityLog } from '../registry/activity-log';

export interface FeedReader {
  onEntry(entry: ActivityEntry): void;
  /** The feed cannot go on; nothing follows. */
  onBroken(error: unknown): void;
}

interface Run {
  readonly ending: AbortController;
  /** The end of the log: first when the run began, then the last entry handed out. */
  position: Promise<string>;
}

export class ActivityFeed {
  readonly #logger = new Logger(ActivityFeed.name);
  readonly #readers = new Set<FeedReader>();
  #run: Run | null = null;

  constructor(
    private readonly log: ActivityLog,
    private readonly exchangeId: number,
  ) {}

  /** True while the log is followed. */
  get running(): boolean {
    return this.#run !== null;
  }

  /** Resolves to the position after which the reader gets everything. Rejects with `StoreUnavailableError`. */
  async join(reader: FeedReader): Promise<string> {
    this.#readers.add(reader);
    const run = (this.#run ??= this.#begin());
    try {
      return await run.position;
    } catch (error) {
      this.leave(reader);
      throw error;
    }
  }

  leave(reader: FeedReader): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    this.#run?.ending.abort();
    this.#run = null;
  }

  #begin(): Run {
    const position = this.log.lastId(this.exchangeId);
    const run: Run = { ending: new AbortController(), position };
    position.then(
      (afterId) => void this.#follow(run, afterId),
      () => {
        if (this.#run === run) this.#run = null;
      },
    );
    return run;
  }

  async #follow(run: Run, afterId: string): Promise<void> {
    try {
      for await (const entry of this.log.follow(this.exchangeId, afterId, run.ending.signal)) {
        run.position = Promise.resolve(entry.id);
        for (const reader of this.#readers) reader.onEntry(entry);
      }
    } catch (error) {
      this.#logger.error({
        msg: 'following the activity log failed',
        exchangeId: this.exchangeId,
        err: error,
      });
      if (this.#run !== run) return;
      this.#run = null;
      const readers = [...this.#readers];
      this.#readers.clear();
      for (const reader of readers) reader.onBroken(error);
    }
  }
}
