/** Requests for the fuzzer: many with a sense, many near to one, and some that are hardly HTTP. */
import * as fc from 'fast-check';
import type { Route } from '../../src/http/route-table';
import { bodyFor, PROTOTYPE_NAMES, seldom, type FittingBodies } from './body-arbitraries';
import type { Header, RawCall } from './raw-http';

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

/** Nearly always those of a body that can be read. */
const bodyHeaders: fc.Arbitrary<Header[]> = fc
  .record({
    type: seldom(20, fc.constantFrom(...types)),
    encoding: seldom(30, fc.constantFrom(...encodings)),
    length: seldom(30, fc.constantFrom('0', '1', '-1', '1e1', '0x10', '99999999999999999999', '5, 5', 'x')),
    transfer: seldom(30, fc.constantFrom('chunked', 'gzip, chunked', 'identity', 'chunked, chunked')),
  })
  .map(({ type, encoding, length, transfer }) => [
    ['Content-Type', type ?? 'application/json'],
    ...(encoding === null ? [] : [['Content-Encoding', encoding] as const]),
    ...(length === null ? [] : [['Content-Length', length] as const]),
    ...(transfer === null ? [] : [['Transfer-Encoding', transfer] as const]),
  ]);

const parameter = fc.oneof(
  { weight: 9, arbitrary: fc.constant('simulator') },
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

/** What is sent along by whoever means to be heard: nearly always with the route's own method, and what changes something with a body. */
export interface Wish {
  readonly routes: readonly Route[];
  readonly bodies: FittingBodies;
  /** How often a route is asked, beside the others. */
  readonly weightOf: (route: Route) => number;
}

export interface FuzzCall extends RawCall {
  readonly route: Route;
}

/** A request to one of these routes, or nearly. */
export function requestTo({ routes, bodies, weightOf }: Wish): fc.Arbitrary<FuzzCall> {
  return fc.oneof(
    ...routes.map((route) => ({ weight: weightOf(route), arbitrary: requestFor(route, bodies) })),
  );
}

function requestFor(route: Route, bodies: FittingBodies): fc.Arbitrary<FuzzCall> {
  const fitting = route.method === 'POST' ? bodies[route.path] : fc.constant({});
  if (fitting === undefined) throw new Error(`what POST ${route.path} takes is missing among the bodies`);
  const method = seldom(
    20,
    fc.constantFrom('GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'BREW', 'POST'),
  );
  const some = bodyFor(fitting);
  const body =
    route.method === 'POST' ? fc.oneof({ weight: 19, arbitrary: some }, fc.constant(null)) : seldom(8, some);
  return fc
    .record({ method, parameter, query, lastEventId, body, bodyHeaders })
    .map(({ body: sent, ...parts }) => ({
      route,
      method: parts.method ?? route.method,
      target: route.path.replace(':name', parts.parameter) + parts.query,
      headers: [['Last-Event-ID', parts.lastEventId] as const, ...(sent === null ? [] : parts.bodyHeaders)],
      ...(sent === null ? {} : { body: sent }),
    }));
}
