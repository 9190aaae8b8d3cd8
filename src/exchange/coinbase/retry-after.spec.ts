import { retryAfterMs } from './retry-after';

const now = Date.parse('2026-01-01T00:00:00Z');

it.each([
  ['3', 3_000],
  ['0', 0],
  ['Thu, 01 Jan 2026 00:00:05 GMT', 5_000],
  ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
  ['-1', null],
  ['soon', null],
  ['1e9', null],
  ['', null],
  [null, null],
])('Retry-After %j asks for a wait of %j ms', (header, expected) => {
  expect(retryAfterMs(header, now)).toBe(expected);
});
