/**
 * One open event stream: frames in, bytes out.
 *
 * Decides when a reader is too slow: what it has not read yet is bounded, beyond that the connection is dropped, and the
 * reader comes back with its last id.
 */
import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '../clock';

/** Characters waiting for a reader before it counts as too slow. */
export const MAX_WAITING = 1_048_576;
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
    this.#scheduleKeepAlive();
  }

  send({ event, id, data }: StreamEvent): void {
    this.#write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
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

  #write(frame: string): void {
    if (!this.open) return;
    if (this.response.writableLength > MAX_WAITING) this.response.destroy();
    else this.response.write(frame);
  }

  #scheduleKeepAlive(): void {
    this.#keepAlive = this.clock.setTimer(KEEP_ALIVE_MS, () => {
      this.#write(': keep-alive\n\n');
      this.#scheduleKeepAlive();
    });
  }
}
