import { messageOf } from '../../src/errors';

export interface WaitOptions {
  /** How long to wait before giving up; 10,000 unless given. */
  readonly timeoutMs?: number;
  /** Time between two looks; 20 unless given. */
  readonly intervalMs?: number;
  /** What is waited for, to complete the sentence `Waited 10000 ms for …`. */
  readonly describe?: string | (() => string);
}

/**
 * Resolves with the first value of `condition` that is neither `false`, `null` nor `undefined`. A condition that throws is not
 * met yet; the last error becomes the `cause` when time runs out.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 10_000, intervalMs = 20, describe = 'a condition' }: WaitOptions = {},
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let failure: unknown;
    try {
      const value = await condition();
      if (value !== false && value !== null && value !== undefined) {
        return value as Exclude<T, false | null | undefined>;
      }
    } catch (error) {
      failure = error;
    }
    if (performance.now() >= deadline) {
      const what = typeof describe === 'string' ? describe : describe();
      const why = failure === undefined ? '' : `; last error: ${messageOf(failure)}`;
      throw new Error(`Waited ${timeoutMs} ms for ${what}${why}`, { cause: failure });
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
