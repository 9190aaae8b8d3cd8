/**
 * The network between one machine and the store: what is asked takes time to get there, and the answer to come back.
 *
 * Either may be lost. A request may arrive long after the asker has given up. The asker's own limit runs on its own clock.
 */
import { StoreUnavailableError } from '../../src/registry/registry.errors';
import type { Draw } from './draw';
import type { Effects } from './effects';
import type { Network, Running } from './running';
import type { Timeline } from './timeline';

/** The weather. Every fault that changes it changes it back. */
export interface Weather {
  /** Nothing gets through, and nobody says so. */
  isCut: boolean;
  /** Connections are refused: the answer is immediate, and it is no. */
  isRefusing: boolean;
  loseRequest: number;
  loseReply: number;
  /** Probability that a request is held up, for anything up to `latestMs`. */
  late: number;
  /** Probability that a reply comes back slowly: up to `slowMs`. */
  slowReply: number;
  slowMs: number;
}

export const FAIR: Weather = {
  isCut: false,
  isRefusing: false,
  loseRequest: 0,
  loseReply: 0,
  late: 0,
  slowReply: 0,
  slowMs: 0,
};

export class Link implements Network {
  weather: Weather = { ...FAIR };

  constructor(
    private readonly timeline: Timeline,
    private readonly latencyMs: number,
    private readonly latestMs: number,
    private readonly draw: Draw,
    private readonly store: { readonly isDown: boolean },
    private readonly effects: Effects,
  ) {}

  get isOpen(): boolean {
    return !this.weather.isCut && !this.weather.isRefusing;
  }

  /** One way, now. */
  travelMs(): number {
    return this.latencyMs * this.draw.between(0.5, 1.5);
  }

  /** After the time of travel; after a pause between two tries when nothing gets through. */
  later(arrive: () => void): void {
    this.timeline.in(this.isOpen ? this.travelMs() : this.latencyMs * 20, arrive);
  }

  /** How long a write to somewhere else takes: usually short, sometimes longer than anybody would think. */
  detourMs(): number {
    return this.draw.chance(0.1) ? this.draw.between(0, this.latestMs) : this.travelMs();
  }

  /**
   * Asks the store. Resolves with the outcome, or rejects with `StoreUnavailableError` when there is none after `limitMs` of
   * the asker's time. The request is on its way for `travelMs`, unless the weather holds it up.
   */
  ask<T>(
    asker: Running,
    operation: string,
    limitMs: number,
    carryOut: () => Promise<T>,
    travelMs = this.travelMs(),
  ): Promise<T> {
    const { weather, timeline, draw, effects } = this;
    return new Promise((resolve, reject) => {
      const fail = (reason: string) => reject(new StoreUnavailableError(operation, reason));
      let isGivenUp = false;
      const limit = asker.setTimer(limitMs, () => {
        isGivenUp = true;
        fail('timed out');
      });
      const answer = (settle: () => void, afterMs: number) =>
        void timeline.in(afterMs, () =>
          asker.deliver(() => {
            if (isGivenUp) effects.add('late reply');
            limit.cancel();
            settle();
          }),
        );
      if (weather.isRefusing || this.store.isDown) {
        effects.add('request refused');
        return answer(() => fail('connection refused'), this.travelMs());
      }
      if (weather.isCut) return effects.add('message cut off');
      if (draw.chance(weather.loseRequest)) return effects.add('lost request');
      const requestMs = draw.chance(weather.late) ? draw.between(0, this.latestMs) : travelMs;
      timeline.in(requestMs, () => {
        if (isGivenUp) effects.add('late request');
        void this.#arrive(carryOut, answer, resolve, fail);
      });
    });
  }

  async #arrive<T>(
    carryOut: () => Promise<T>,
    answer: (settle: () => void, afterMs: number) => void,
    resolve: (outcome: T) => void,
    fail: (reason: string) => void,
  ): Promise<void> {
    const { weather, draw, effects } = this;
    if (this.store.isDown) return answer(() => fail('connection lost'), this.travelMs());
    const outcome = await carryOut();
    if (this.weather.isCut) return effects.add('message cut off');
    if (draw.chance(weather.loseReply)) return effects.add('lost reply');
    const replyMs = draw.chance(weather.slowReply) ? draw.between(0, weather.slowMs) : this.travelMs();
    answer(() => resolve(outcome), replyMs);
  }
}
