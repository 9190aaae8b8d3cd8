/**
 * Time as the lease sees it: three clocks and a timer, behind a port so that tests move it.
 *
 * Decides how much time has passed. Does not decide what follows from it.
 */
import { uptime } from 'node:os';

/**
 * One look at all three clocks, in milliseconds. Only differences between readings of one process mean
 * anything, except `wallMs`, which counts from the Unix epoch.
 */
export interface ClockReading {
  /** Never goes back; stands still while the machine is suspended (CLOCK_MONOTONIC). */
  readonly monotonicMs: number;
  /** Unix time; can be set forwards and back. */
  readonly wallMs: number;
  /** Time since the machine booted; goes on while it is suspended (CLOCK_BOOTTIME; 10 ms resolution). */
  readonly bootMs: number;
}

/** A pending timer. `cancel` is idempotent, and harmless after it has fired. */
export interface Timer {
  cancel(): void;
}

/** Port: every use of time in the keeper and the runner goes through here. */
export interface Clock {
  read(): ClockReading;
  /**
   * Calls `onFire` once, no earlier than `delayMs` from now on the monotonic clock. Never calls it
   * synchronously. A timer keeps no process alive by itself.
   */
  setTimer(delayMs: number, onFire: () => void): Timer;
}

/**
 * Time passed between two readings: the clock that advanced furthest counts. A suspended machine stops the
 * monotonic clock, a clock set back stops the wall clock; whichever went on is believed.
 */
export function elapsedMs(from: ClockReading, to: ClockReading): number {
  return Math.max(to.monotonicMs - from.monotonicMs, to.wallMs - from.wallMs, to.bootMs - from.bootMs);
}

/** Resolves after `delayMs`, or rejects with the signal's reason as soon as it is aborted. */
export function delay(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.setTimer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** The machine's own clocks. */
export class SystemClock implements Clock {
  read(): ClockReading {
    return { monotonicMs: performance.now(), wallMs: Date.now(), bootMs: uptime() * 1000 };
  }

  setTimer(delayMs: number, onFire: () => void): Timer {
    const handle = setTimeout(onFire, Math.max(0, Math.ceil(delayMs)));
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  }
}
