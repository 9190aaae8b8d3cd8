/**
 * The wait a `Retry-After` header asks for, in milliseconds, or `null` without a readable one. It is a number
 * of seconds or an HTTP date (RFC 9110, section 10.2.3).
 */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const atMs = /^[A-Za-z]{3},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
