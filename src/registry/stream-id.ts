/** Ids of stream entries, `<ms>-<n>`: they grow within a stream. */

export const FIRST_STREAM_ID = '0-0';

/** Negative when `a` is older than `b`, 0 when they are the same, positive when it is newer. */
export function compareStreamIds(a: string, b: string): number {
  const [aMs, aSeq] = parts(a);
  const [bMs, bSeq] = parts(b);
  return aMs === bMs ? aSeq - bSeq : aMs - bMs;
}

function parts(id: string): [number, number] {
  const [ms, seq] = id.split('-');
  return [Number(ms), Number(seq ?? 0)];
}

/** Whether a text has the form of an id. */
export function isStreamId(text: string): boolean {
  return /^\d{1,16}-\d{1,16}$/.test(text);
}
