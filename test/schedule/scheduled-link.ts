/**
 * The way between one process and the store. What is asked and what is answered are two tasks: each happens whenever the
 * schedule says so, before or after any timer, or never.
 */
import { StoreUnavailableError } from '../../src/registry/registry.errors';
import type { Network, Running } from '../simulation/running';
import type { Reached } from './reached';
import type { Scheduler } from './scheduler';

/** One way, milliseconds, when everything goes as it should. */
const TRAVEL_MS = 5;

/** Between two tries while nothing gets through. */
const RETRY_MS = 100;

export class ScheduledLink implements Network {
  /** Requests that were given up, by what was asked. */
  readonly timeouts = new Map<string, number>();

  constructor(
    private readonly who: string,
    private readonly scheduler: Scheduler,
    private readonly place: { readonly isCut: boolean },
    private readonly reached: Reached,
  ) {}

  get isOpen(): boolean {
    return !this.place.isCut;
  }

  /** Of all kinds. */
  get timeoutCount(): number {
    return [...this.timeouts.values()].reduce((sum, count) => sum + count, 0);
  }

  ask<T>(asker: Running, operation: string, limitMs: number, carryOut: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      let giveUp = () => void this.reached.add('request without an answer');
      let isGivenUp = false;
      const limit = asker.setTimer(limitMs, () => {
        this.timeouts.set(operation, (this.timeouts.get(operation) ?? 0) + 1);
        isGivenUp = true;
        giveUp();
        reject(new StoreUnavailableError(operation, 'timed out'));
      });
      if (!this.isOpen) return;
      const arrive = async (): Promise<void> => {
        if (isGivenUp) this.reached.add('late request');
        const outcome = await carryOut();
        // What nobody waits for any more changes nothing.
        if (isGivenUp || asker.isDead) return;
        if (!this.isOpen) return void this.reached.add('lost reply');
        const reply = this.scheduler.add('reply', this.who, `${operation} answered`, TRAVEL_MS, () =>
          asker.deliver(() => {
            limit.cancel();
            resolve(outcome);
          }),
        );
        giveUp = () => {
          this.reached.add('lost reply');
          this.scheduler.drop(reply);
        };
      };
      this.scheduler.add('request', this.who, `${operation} arrives`, TRAVEL_MS, () => void arrive());
    });
  }

  later(arrive: () => void): void {
    this.scheduler.add('notice', this.who, 'hears', this.isOpen ? TRAVEL_MS : RETRY_MS, arrive);
  }

  /** A write to somewhere else, which no cut of this link holds up. */
  write(arrive: () => void): void {
    this.scheduler.add('write', this.who, 'write arrives', TRAVEL_MS, arrive);
  }

  detourMs(): number {
    return TRAVEL_MS;
  }
}
