/** Repeatable draws: one stream per purpose, so that leaving out a fault does not move the draws of anything else. */
import { hashText, randomFor } from '../../src/exchange/simulator/random';

export class Draw {
  /** From 0 (included) to 1 (excluded). */
  readonly next: () => number;

  constructor(
    private readonly seed: number,
    private readonly purpose: string,
  ) {
    this.next = randomFor(seed, hashText(purpose));
  }

  /** A stream of its own. */
  for(purpose: string): Draw {
    return new Draw(this.seed, `${this.purpose}/${purpose}`);
  }

  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  /** Every order of magnitude is as likely as every other. */
  magnitude(from: number, to: number): number {
    return Math.exp(this.between(Math.log(from), Math.log(to)));
  }

  /** From `from` to `to`, both included. */
  whole(from: number, to: number): number {
    return Math.floor(this.between(from, to + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[Math.floor(this.next() * choices.length)];
    if (choice === undefined) throw new RangeError('nothing to pick from');
    return choice;
  }
}
