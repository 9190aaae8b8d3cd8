import type { ActivityEvent } from '../activity';
import type { RedisArgument } from './redis-like';

/** Events as the scripts take them: pairs of seq and text. The text is stored as it is. */
export function eventArguments(events: readonly ActivityEvent[]): RedisArgument[] {
  return events.flatMap((event) => [event.seq, JSON.stringify(event)]);
}

/**
 * An id that fits into the fence, whose parts are separated by spaces. Throws a `RangeError` otherwise: ids are made
 * by this program.
 */
export function plainId(name: string, id: string): string {
  if (/^\S{1,128}$/.test(id)) return id;
  throw new RangeError(`${name} must be 1 to 128 characters without spaces, not ${JSON.stringify(id)}`);
}
