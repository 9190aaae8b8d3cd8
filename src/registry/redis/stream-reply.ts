/** What XRANGE, XREVRANGE and XREAD answer, as entries. */
import { UnexpectedReplyError } from './store-failure';

export interface RawEntry {
  readonly id: string;
  readonly fields: ReadonlyMap<string, string>;
}

export function readEntries(raw: unknown): RawEntry[] {
  if (!Array.isArray(raw)) throw new UnexpectedReplyError('no list of entries');
  return raw.map((item: unknown) => {
    const [id, flat] = Array.isArray(item) ? (item as unknown[]) : [];
    if (typeof id !== 'string' || !Array.isArray(flat)) throw new UnexpectedReplyError('no entry');
    return { id, fields: pairs(flat) };
  });
}

/** The entries of the one stream that was asked for; none when the read timed out. */
export function readStreams(raw: unknown): RawEntry[] {
  if (raw === null) return [];
  const [stream] = Array.isArray(raw) ? (raw as unknown[]) : [];
  if (!Array.isArray(stream)) throw new UnexpectedReplyError('no list of streams');
  return readEntries(stream[1]);
}

function pairs(flat: readonly unknown[]): Map<string, string> {
  const fields = new Map<string, string>();
  for (let at = 0; at + 1 < flat.length; at += 2) fields.set(String(flat[at]), String(flat[at + 1]));
  return fields;
}
