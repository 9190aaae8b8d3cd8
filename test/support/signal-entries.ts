import { getEventListeners } from 'node:events';

/**
 * How many listeners and how many signals made of it by `AbortSignal.any` a signal keeps. Node holds the latter in a set under a
 * symbol of its own; without that symbol nothing was ever made of the signal.
 */
export function entriesAt(signal: AbortSignal): number {
  const kept = Object.getOwnPropertySymbols(signal).find(({ description }) =>
    /dependantSignals/i.test(description ?? ''),
  );
  const dependents: unknown = kept === undefined ? null : Reflect.get(signal, kept);
  const size = isSized(dependents) ? dependents.size : 0;
  return getEventListeners(signal, 'abort').length + size;
}

function isSized(value: unknown): value is { readonly size: number } {
  return typeof value === 'object' && value !== null && 'size' in value && typeof value.size === 'number';
}
