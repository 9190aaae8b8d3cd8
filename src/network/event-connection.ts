/**
 * One open event stream: frames in, bytes out.
 *
 * Decides when a reader is too slow: what it has not read yet is bounded, and so is the time for which a sender who can wait
 * waits for it; beyond that the connection is dropped, and the reader comes back with its last id.
 */
import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '../clock';

/** Characters waiting for a reader before it counts as too slow. */
export const MAX_UNREAD_CHARS = 1_048_576;
/** How long a reader may take to make room for the next frame where that waits for it. */
export const MAX_STALL_MS = 30_000;
/** Keeps proxies from closing a silent connection. */
export const KEEP_ALIVE_MS = 15_000;
/** What the browser waits before it comes back. */
const RETRY_MS = 2_000;

export interface StreamEvent {
  readonly event: string;
  readonly id: string;
  readonly data: unknown;
}

export class EventConnection {
  #keepAlive: Timer | null = null;

  constructor(
    private readonly response: ServerResponse,
    private readonly clock: Clock,
  ) {}

  get open(): boolean {
    return !this.response.writableEnded && !this.response.destroyed;
  }

  begin(): void {
    this.response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    });
    this.#write(`retry: ${RETRY_MS}\n\n`);
  }

  /** For when nothing waits for the reader any more: until then it is not silent, only slow. */
  keepAlive(): void {
    if (this.open) this.#scheduleKeepAlive();
  }

  send({ event, id, data }: StreamEvent): void {
    this.#write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Resolves when there is room for another frame, or the connection has ended. */
  drained(): Promise<void> {
    const { response } = this;
    if (!this.open || !response.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const onSettled = () => {
        limit.cancel();
        response.off('drain', onSettled).off('close', onSettled);
        resolve();
      };
      const limit = this.clock.setTimer(MAX_STALL_MS, () => this.drop());
      response.on('drain', onSettled).on('close', onSettled);
    });
  }

  /** Calls `listener` once when the connection has ended, from whichever side. */
  onClose(listener: () => void): void {
    this.response.once('close', () => {
      this.#keepAlive?.cancel();
      listener();
    });
  }

  /** Ends it in order. */
  end(): void {
    this.#keepAlive?.cancel();
    if (this.open) this.response.end();
  }

  /** Ends it at once, with what was not read yet. */
  drop(): void {
    this.response.destroy();
  }

  #write(frame: string): void {
    if (!this.open) return;
    if (this.response.writableLength > MAX_UNREAD_CHARS) this.drop();
    else this.response.write(frame);
  }

  #scheduleKeepAlive(): void {
    this.#keepAlive = this.clock.setTimer(KEEP_ALIVE_MS, () => {
      this.#write(': keep-alive\n\n');
      this.#scheduleKeepAlive();
    });
  }
}
