/** Where a reader of the event stream is in each activity log: the `id` of its last event. */
import { compareStreamIds } from '../registry/stream-id';

/** The last entry seen, by exchange id. */
export type Positions = ReadonlyMap<number, string>;

/** `1:1700000000000-0.2:1700000000001-3` */
export function tokenOf(positions: Positions): string {
  return [...positions].map(([exchangeId, entryId]) => `${exchangeId}:${entryId}`).join('.');
}

/** What the token says; empty for anything that is not one. */
export function positionsOf(token: string): Positions {
  const parts = token.split('.').map((part) => /^(\d{1,15}):(\d{1,16}-\d{1,16})$/.exec(part));
  if (parts.includes(null)) return new Map();
  return new Map(parts.map((match) => [Number(match![1]), match![2]!]));
}

export function isAfter(entryId: string, position: string): boolean {
  return compareStreamIds(entryId, position) > 0;
}
