/**
 * Named places where a test may stop, kill, delay or throw. Off, a place costs one comparison.
 *
 * Nothing in `src` ever sets a handler: only a test can, by importing this file in the same process or by
 * preloading it (`node --require`) in another.
 */
export const FAILPOINTS = [
  'claim.before-send',
  'claim.after-reply',
  'renew.before-send',
  'renew.after-reply',
  'transition.before-send',
  'transition.after-reply',
  'release.before-send',
  'release.after-reply',
  'stop.before-work',
  'stop.after-work',
  'fenced-write.before-guard',
  'fenced-write.after-effect',
] as const;

export type FailpointName = (typeof FAILPOINTS)[number];
export type FailpointHandler = (name: FailpointName) => void | Promise<void>;

let handler: FailpointHandler | undefined;

/** Installs, or with `undefined` removes, the one handler of this process. For tests only. */
export function setFailpointHandler(next: FailpointHandler | undefined): void {
  handler = next;
}

/** Marks a place. Awaits nothing while no handler is installed. */
export function failpoint(name: FailpointName): void | Promise<void> {
  if (handler !== undefined) return handler(name);
}
