/** Where a reader of the event stream is in each activity log: the `id` of its last event. */
import { compareStreamIds, isStreamId } from '../registry/stream-id';

/** The last entry seen, by exchange id. */
export type Positions = ReadonlyMap<number, string>;

/** `1:1700000000000-0.2:1700000000001-3` */
export function tokenOf(positions: Positions): string {
  return [...positions].map(([exchangeId, entryId]) => `${exchangeId}:${entryId}`).join('.');
}

/** What the token says; empty for anything that is not one. */
export function positionsOf(token: string): Positions {
  const positions = new Map<number, string>();
  for (const part of token.split('.')) {
    const [, exchangeId, entryId] = /^(\d{1,15}):(.+)$/.exec(part) ?? [];
    if (entryId === undefined || !isStreamId(entryId)) return new Map();
    positions.set(Number(exchangeId), entryId);
  }
  return positions;
}

export function isAfter(entryId: string, position: string): boolean {
  return compareStreamIds(entryId, position) > 0;
}
