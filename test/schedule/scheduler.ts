/**
 * Everything that may happen next, and the time.
 *
 * Decides nothing about the order: whoever runs a schedule names the next task. Between two tasks every promise job runs.
 *
 * Of its own, and not fast-check's: docs/decisions/0052-schedules-are-moves-over-a-scheduler-of-our-own.md. What is drawn, shrunk
 * and replayed by fast-check is the list of moves (moves.ts).
 */
import { nextTick } from 'node:process';

export type TaskKind = 'timer' | 'request' | 'reply' | 'notice' | 'write';

export interface Task {
  readonly kind: TaskKind;
  readonly who: string;
  readonly what: string;
  /** When it would happen if everything were as fast as it should be, milliseconds. */
  dueMs: number;
  readonly run: () => void;
}

export class Scheduler {
  /** The one time of all clocks, milliseconds. Moves when a task is run that is due later. */
  nowMs = 0;
  steps = 0;
  /** In the order of their making. */
  readonly #tasks: Task[] = [];

  get waiting(): readonly Task[] {
    return this.#tasks;
  }

  add(kind: TaskKind, who: string, what: string, delayMs: number, run: () => void): Task {
    const task: Task = { kind, who, what, dueMs: this.nowMs + delayMs, run };
    this.#tasks.push(task);
    return task;
  }

  /** It will not happen. Harmless when it has. */
  drop(task: Task): void {
    const at = this.#tasks.indexOf(task);
    if (at >= 0) this.#tasks.splice(at, 1);
  }

  /** The next one in due order. */
  get next(): Task | undefined {
    let next: Task | undefined;
    for (const task of this.#tasks) if (next === undefined || task.dueMs < next.dueMs) next = task;
    return next;
  }

  /** Runs it when it is due, or now if that has passed: everything else that was due is late. */
  async run(task: Task): Promise<void> {
    this.nowMs = Math.max(this.nowMs, task.dueMs);
    await this.runNow(task);
  }

  /** Runs it at this very moment: no timer, which would be early. */
  async runNow(task: Task): Promise<void> {
    this.drop(task);
    this.steps += 1;
    task.run();
    await settled();
  }
}

/** All promise jobs, however many follow from each other, run before the next tick. */
export function settled(): Promise<void> {
  return new Promise((resolve) => nextTick(resolve));
}
