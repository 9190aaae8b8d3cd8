import type { Clock, Timer } from '../../clock';

export interface HeartbeatWatchOptions {
  readonly clock: Clock;
  readonly products: readonly string[];
  /** Longest silence of a product, in milliseconds. */
  readonly stallMs: number;
  readonly onStall: (product: string, silentMs: number) => void;
}

/** Notices when a product's heartbeats stay away. Speaks once, between one and one and a half `stallMs` later. */
export class HeartbeatWatch {
  private readonly lastBeatMs = new Map<string, number>();
  private timer: Timer | undefined;
  private running = false;

  constructor(private readonly options: HeartbeatWatchOptions) {}

  start(): void {
    const nowMs = this.options.clock.read().monotonicMs;
    for (const product of this.options.products) this.lastBeatMs.set(product, nowMs);
    this.running = true;
    this.checkLater();
  }

  beat(product: string): void {
    if (this.lastBeatMs.has(product)) this.lastBeatMs.set(product, this.options.clock.read().monotonicMs);
  }

  stop(): void {
    this.running = false;
    this.timer?.cancel();
  }

  private checkLater(): void {
    this.timer = this.options.clock.setTimer(this.options.stallMs / 2, () => {
      // After a blocked event loop timers run before the socket is read: let waiting heartbeats in first.
      setImmediate(() => this.check());
    });
  }

  private check(): void {
    if (!this.running) return;
    const nowMs = this.options.clock.read().monotonicMs;
    for (const [product, beatMs] of this.lastBeatMs) {
      if (nowMs - beatMs >= this.options.stallMs) {
        this.stop();
        return this.options.onStall(product, nowMs - beatMs);
      }
    }
    this.checkLater();
  }
}
