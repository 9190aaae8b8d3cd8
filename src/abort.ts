/** Abort signals that follow others, and can be let go; and signals that many wait on at once. */
import { setMaxListeners } from 'node:events';

/** A controller whose signal any number may wait on: Node takes more than ten for a leak, and says so. */
export function sharedAbort(): AbortController {
  const controller = new AbortController();
  setMaxListeners(Infinity, controller.signal);
  return controller;
}

export interface LinkedAbort {
  /** Aborted with the source, with its reason, or by `abort`. */
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
  /** No longer follows the source. Idempotent. */
  unlink(): void;
}

/**
 * An abort that follows `source` until it is unlinked. `AbortSignal.any` leaves an entry at each source for as long as that lives
 * (nodejs/node#55351): whoever tries again for days under one signal would pile them up.
 */
export function linkedAbort(source: AbortSignal | undefined): LinkedAbort {
  const controller = new AbortController();
  const follow = () => controller.abort(source?.reason);
  if (source?.aborted) follow();
  source?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    unlink: () => source?.removeEventListener('abort', follow),
  };
}
