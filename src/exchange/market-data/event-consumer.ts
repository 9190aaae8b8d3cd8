/**
 * Decides when events of the feed are worked on: kept until work begins, then replayed and followed live, in one
 * order throughout; dropped while paused. Does not decide what an event means.
 */
import { EventBuffer, type MarketEvent } from './event-buffer';
import { nextTurn } from './next-turn';

const EVENTS_PER_TURN = 500;

export class EventConsumer {
  private readonly buffer: EventBuffer;
  private replaying: Promise<void> | undefined;
  private begun = false;
  private paused = false;
  private stopped = false;

  /** `limit`: events kept at most; see `EventBuffer`. `handle` must not throw. */
  constructor(
    limit: number,
    private readonly handle: (event: MarketEvent) => void,
  ) {
    this.buffer = new EventBuffer(limit);
  }

  /** Events that wait. */
  get depth(): number {
    return this.buffer.length;
  }

  take(event: MarketEvent): void {
    if (this.stopped || this.paused) return;
    if (this.begun && this.replaying === undefined) this.handle(event);
    else this.buffer.push(event);
  }

  /** Works off what was kept, a part per turn of the event loop, then whatever comes. Idempotent. */
  begin(): void {
    if (this.begun || this.stopped) return;
    this.begun = true;
    this.replaying = this.replay().finally(() => (this.replaying = undefined));
  }

  pause(): void {
    this.paused = true;
    this.buffer.clear();
  }

  resume(): void {
    this.paused = false;
  }

  /** Takes nothing any more and forgets what waits; resolves when nothing is being worked on. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.buffer.clear();
    await this.replaying;
  }

  private async replay(): Promise<void> {
    while (this.buffer.length > 0) {
      for (const event of this.buffer.take(EVENTS_PER_TURN)) this.handle(event);
      // Events that come in the meantime queue behind.
      if (this.buffer.length > 0) await nextTurn();
    }
  }
}
