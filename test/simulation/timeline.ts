/**
 * Virtual time: events in the order of their times, and of their making where times are equal.
 *
 * Decides when things happen, not what. Between two events every promise job runs; time does not pass meanwhile.
 */
import { nextTick } from 'node:process';
import { setImmediate } from 'node:timers';

/** A turn of Node's loop costs more than most events. */
const EVENTS_PER_TURN = 100;

export interface Scheduled {
  cancel(): void;
}

interface Entry {
  readonly atMs: number;
  readonly order: number;
  run: (() => void) | null;
}

const isBefore = (a: Entry, b: Entry) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

export class Timeline {
  /** The true time, milliseconds. Nobody in the simulated world can see it. */
  nowMs = 0;
  /** Events so far. */
  events = 0;
  #order = 0;
  readonly #heap: Entry[] = [];

  at(atMs: number, run: () => void): Scheduled {
    const entry: Entry = { atMs: Math.max(atMs, this.nowMs), order: (this.#order += 1), run };
    this.#push(entry);
    return { cancel: () => void (entry.run = null) };
  }

  in(delayMs: number, run: () => void): Scheduled {
    return this.at(this.nowMs + delayMs, run);
  }

  /** Runs every event up to `untilMs`, until `isOver` says that enough is known. */
  async runUntil(untilMs: number, isOver: () => boolean): Promise<void> {
    await settled();
    for (let next = this.#heap[0]; next !== undefined && next.atMs <= untilMs; next = this.#heap[0]) {
      this.#pop();
      if (next.run === null) continue;
      this.nowMs = next.atMs;
      this.events += 1;
      next.run();
      await (this.events % EVENTS_PER_TURN === 0 ? turn() : settled());
      if (isOver()) return;
    }
    await turn();
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt];
      if (parent === undefined || !isBefore(entry, parent)) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      if (left === undefined) break;
      const isRight = right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = last;
  }
}

/** All promise jobs, however many follow from each other, run before the next tick. */
function settled(): Promise<void> {
  return new Promise((resolve) => nextTick(resolve));
}

/** Node reports rejections that nobody handles, and sends messages, only between two turns of its loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
