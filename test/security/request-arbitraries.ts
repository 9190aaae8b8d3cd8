/** Requests without sense, near to those that have some: for the fuzzer. None of them is one that starts or stops anything. */
import * as fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import type { Route } from '../../src/http/route-table';
import type { Header, RawCall } from './raw-http';

const FIELDS = ['exchange', 'standby', 'reason', 'type', 'timeoutMs', 'fencingToken', 'holderIsDead'];
const PROTOTYPE_NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then'];

/** JSON texts, and what only looks like it. `polluted` is what a merged prototype would give everything. */
const VALUES = [
  'null',
  'true',
  '0',
  '-0',
  '1e400',
  '-1e400',
  '1e-400',
  '9007199254740993',
  '0.1',
  '1'.repeat(400),
  'NaN',
  'Infinity',
  'undefined',
  '01',
  '+1',
  '.5',
  '0x10',
  "'x'",
  '/*x*/1',
  '1,',
  '{a:1}',
  '[1,]',

  '""',
  '" "',
  '"stop"',
  '"nowhere"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\u0000"',
  '"\\u202e"',
  '"\ufeff"',

  '[]',
  '{}',
  '["stop"]',
  '{"toString":"x"}',
  '{"__proto__":{"polluted":1}}',
  '"\\x"',
  '"\u0001"',
  '"',
  '{"constructor":{"prototype":{"polluted":1}}}',
  '"\ud83d\ude00"',
  `"${'x'.repeat(600)}"`,
  `"${'y'.repeat(17_000)}"`,
  '['.repeat(7_000) + ']'.repeat(7_000),
  '{"a":'.repeat(2_500) + '1' + '}'.repeat(2_500),
];

const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...FIELDS) },
  fc.constantFrom(...PROTOTYPE_NAMES),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const value = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...VALUES) },
  fc.jsonValue({ maxDepth: 3 }).map((any) => JSON.stringify(any)),
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
);

/** Objects as text, so that names may come twice and `__proto__` is a name like any other. */
const objectText = fc
  .array(fc.tuple(name, value), { maxLength: 5 })
  .map((fields) => `{${fields.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',')}}`);

const text = fc.oneof({ weight: 4, arbitrary: objectText }, value);

const body: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 5, arbitrary: text.map((whole) => Buffer.from(whole)) },
  text.chain((whole) => fc.nat(whole.length).map((end) => Buffer.from(whole.slice(0, end)))),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  text.map((whole) => Buffer.from(whole, 'utf16le')),
  text.map((whole) => Buffer.from(`\ufeff${whole}`)),
  text.map((whole) => gzipSync(whole)),
  // A start byte of UTF-8 without its end, between two parts of a text.
  objectText.map((whole) =>
    Buffer.concat([Buffer.from(whole.slice(0, -1)), Buffer.from([0xf0, 0x9f]), Buffer.from('}')]),
  ),
);

const types = [
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset="UTF-8"',

  'application/json; charset=utf-16',
  'application/json; charset=utf-7',
  'application/json; charset=latin1',

  'application/json; charset=',
  'application/json; x="',
  'application/json, text/plain',
  'application/*',

  'text/plain',
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
  'json',
  '',
  '\u00ff/x',
];
const encodings = ['gzip', 'deflate', 'br', 'identity', 'x', 'gzip, gzip', 'IDENTITY', ''];

const bodyHeaders: fc.Arbitrary<Header[]> = fc
  .record({
    type: fc.oneof({ weight: 4, arbitrary: fc.constant('application/json') }, fc.constantFrom(...types)),
    encoding: fc.option(fc.constantFrom(...encodings), { freq: 4 }),
    length: fc.option(fc.constantFrom('0', '1', '-1', '1e1', '0x10', '99999999999999999999', '5, 5', 'x'), {
      freq: 15,
    }),
    transfer: fc.option(fc.constantFrom('chunked', 'gzip, chunked', 'identity', 'chunked, chunked'), {
      freq: 15,
    }),
  })
  .map(({ type, encoding, length, transfer }) => [
    ['Content-Type', type],
    ...(encoding === null ? [] : [['Content-Encoding', encoding] as const]),
    ...(length === null ? [] : [['Content-Length', length] as const]),
    ...(transfer === null ? [] : [['Transfer-Encoding', transfer] as const]),
  ]);

const parameter = fc.oneof(
  { weight: 2, arbitrary: fc.constant('simulator') },
  fc.constantFrom(
    ...PROTOTYPE_NAMES,
    '..',
    '.',
    '%2e%2e',
    '%00',
    '%ff',
    '%',
    '%ud800',
    'a%2fb',
    '\u00e9',
    '*',
    "'",
  ),
  fc
    .string({ unit: 'binary' })
    .map((any) => encodeURIComponent(any.replace(/\p{Surrogate}/gu, '')).slice(0, 3_000) || 'x'),
  fc.constant('x'.repeat(9_000)),
);

const queryValue = fc.oneof(
  fc.constantFrom(
    '0',
    '1',
    '1000',
    '1001',
    '-1',
    '1e2',
    '0-0',
    '0-1',
    '1-0',
    '9'.repeat(16) + '-' + '9'.repeat(16),
  ),
  fc.constantFrom('(1-1', '-', '+', '$', '%00', '%ff', '%', '', '9'.repeat(500) + '-0', '1-1-1', '\u0661-1'),
);
const query = fc
  .array(
    fc.tuple(fc.constantFrom('count', 'cursor', 'count[]', 'cursor[a]', '__proto__', 'x', ''), queryValue),
    { maxLength: 3 },
  )
  .map((pairs) => (pairs.length === 0 ? '' : `?${pairs.map(([key, any]) => `${key}=${any}`).join('&')}`));

const lastEventId = fc.oneof(
  fc.constantFrom(
    'x',
    '2:0-0',
    '2:0-1.1:0-0',
    `2:${'9'.repeat(16)}-0`,
    '2:1-1.'.repeat(1_500),
    '__proto__:1-1',
    '',
  ),
  fc.string({ unit: 'grapheme-ascii', maxLength: 30 }).map((any) => any.trim()),
);

/** A request to one of these routes, or nearly. */
export function requestTo(routes: readonly Route[]): fc.Arbitrary<RawCall> {
  const route = fc.constantFrom(...routes);
  const method = fc.option(
    fc.constantFrom('GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'BREW', 'POST'),
    { freq: 8 },
  );
  return fc
    .record({ route, method, parameter, query, lastEventId, body: fc.option(body, { freq: 4 }), bodyHeaders })
    .map(({ route: { method: own, path }, ...parts }) => ({
      method: parts.method ?? own,
      target: path.replace(':name', parts.parameter) + parts.query,
      headers: [
        ['Last-Event-ID', parts.lastEventId] as const,
        ...(parts.body === null ? [] : parts.bodyHeaders),
      ],
      ...(parts.body === null ? {} : { body: parts.body }),
    }));
}
