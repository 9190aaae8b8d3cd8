/**
 * Bodies for the fuzzer: those that a route takes, those that are nearly such, and what is none at all. Most of them can be
 * read, for what the parser refuses never gets to whoever has to judge it.
 */
import * as fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { CommandType } from '../../src/registry/command-queue';

export const PROTOTYPE_NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'then',
] as const;
const FIELDS = ['exchange', 'standby', 'reason', 'type', 'timeoutMs', 'fencingToken', 'holderIsDead'];
const LONGEST_REASON = 500;

/** Each of them now and then, `null` otherwise: once in so many. (`fc.option` has it the other way round.) */
export function seldom<T>(oneIn: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: oneIn - 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}

/** JSON values that are hard on who reads them, and how often. `polluted` is what a merged prototype would give everything. */
const hardValue = fc.oneof(
  // Beyond what a number holds, or can be.
  weighted(2, '9007199254740993', '-9007199254740993', '1e400', '-1e400', '1'.repeat(400), '-0', '1e-400'),
  // Halves of pairs, NUL, and the other direction.
  weighted(2, '"\\ud800"', '"\\udc00\\ud800"', '"a\\udfffb"', '"\\u0000"', '"a\\u0000b"'),
  weighted(1, '"\\u202e"', '"\u202ea\u05d0"', '"\ufeff"', '"\ud83d\ude00"'),
  weighted(1, '""', '" "', '"stop"', '"nowhere"', `"${'x'.repeat(600)}"`),
  weighted(
    1,
    '{"__proto__":{"polluted":1}}',
    '{"constructor":{"prototype":{"polluted":1}}}',
    '{"toString":"x"}',
  ),
  weighted(2, 'null', 'true', '0', '0.1', '[]', '{}', '["stop"]'),
  weighted(3, '['.repeat(7_000) + ']'.repeat(7_000), '{"a":'.repeat(2_500) + '1' + '}'.repeat(2_500)),
  // Just small enough, and too large.
  weighted(3, `"${'z'.repeat(14_000)}"`),
  weighted(1, `"${'y'.repeat(17_000)}"`),
);

function weighted(weight: number, ...jsons: string[]) {
  return { weight, arbitrary: fc.constantFrom(...jsons) };
}

/** What only looks like a JSON value. */
const NO_VALUES = [
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
  '"\\x"',
  '"\u0001"',
  '"',
];

const anyValue = fc.oneof(
  { weight: 6, arbitrary: hardValue },
  fc.jsonValue({ maxDepth: 3 }).map((any) => JSON.stringify(any)),
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
);
const anyName = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...FIELDS) },
  { weight: 2, arbitrary: fc.constantFrom(...PROTOTYPE_NAMES) },
  fc.string({ unit: 'binary', maxLength: 8 }),
);

type Field = readonly [name: string, json: string];

/** An object as text, so that names may come twice and `__proto__` is a name like any other. */
const textOf = (fields: readonly Field[]) =>
  `{${fields.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;

/** A reason that is taken: any characters at all, with halves of pairs, NUL and both directions among them. */
export const reason: fc.Arbitrary<string> = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
    fc.string({
      unit: fc.constantFrom(
        '\ud800',
        '\udfff',
        '\u0000',
        '\u202e',
        '\u05d0',
        '\u2028',
        '"',
        '\\',
        '\r\n',
        'e',
      ),
      minLength: 1,
      maxLength: 12,
    }),
    fc.constantFrom(
      ...PROTOTYPE_NAMES,
      '\u{1f600}'.repeat(LONGEST_REASON / 2),
      '\u0800'.repeat(LONGEST_REASON),
      '%s %n $1 {{x}}',
      '\u001b[2Jx',
    ),
  )
  .map((text) => (text.trim() === '' ? `x${text}` : text));

/** Any token there may be, and those at the edges of what a number holds exactly. */
const fencingToken = fc.oneof(
  fc.maxSafeNat().map((token) => Math.max(1, token)),
  fc.constantFrom(1, 2 ** 31, 2 ** 32, 2 ** 52 + 1, Number.MAX_SAFE_INTEGER),
);

/** What each route takes; `null` and `undefined` members are left out. */
export type FittingBodies = Readonly<Record<string, fc.Arbitrary<Readonly<Record<string, unknown>>>>>;

export interface Aims {
  /** The exchanges that a start may ask for. */
  readonly exchange: fc.Arbitrary<string>;
  /** Once in so many, a revocation is meant for whoever holds, as if that one were dead. */
  readonly realRevocationOneIn: number;
  /** What is sent to the holder. */
  readonly command: fc.Arbitrary<CommandType>;
}

/** By path. */
export function fittingBodies({ exchange, realRevocationOneIn, command }: Aims): FittingBodies {
  const onlyReason = fc.record({ reason }, { requiredKeys: [] });
  const isReal = seldom(realRevocationOneIn, fc.constant(true));
  return {
    '/control/start': fc.record({ exchange, standby: fc.boolean(), reason }, { requiredKeys: ['exchange'] }),
    '/control/stop': onlyReason,
    '/control/pause': onlyReason,
    '/control/resume': onlyReason,
    '/network/exchanges/:name/commands': fc.record(
      { type: command, reason, timeoutMs: fc.integer({ min: 2_000, max: 60_000 }) },
      { requiredKeys: ['type'] },
    ),
    '/network/exchanges/:name/revoke': fc
      .record({ reason, fencingToken, holderIsDead: fc.boolean(), isReal })
      .map(({ isReal: real, reason: why, ...aimed }) =>
        real === true ? { reason: why, holderIsDead: true } : { reason: why, ...aimed },
      ),
  };
}

/** As a text, and now and then with every character escaped, which JSON allows and means the same. */
function fieldsOf(fitting: Readonly<Record<string, unknown>>, isEscaped: boolean): Field[] {
  return Object.entries(fitting).map(([name, any]) => {
    const json = JSON.stringify(any);
    return [name, isEscaped && typeof any === 'string' ? escaped(any) : json];
  });
}

function escaped(text: string): string {
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`;
}

/** A body for this route; most of them are read as JSON, and about half of those fit. */
export function bodyFor(fitting: fc.Arbitrary<Readonly<Record<string, unknown>>>): fc.Arbitrary<Buffer> {
  const fields = fc.tuple(fitting, fc.boolean()).map(([body, isEscaped]) => fieldsOf(body, isEscaped));
  const spoilt = fc
    .tuple(fields, fc.nat(), anyName, anyValue)
    .map(([good, at, name, json]) =>
      at % 2 === 0 || good.length === 0
        ? [...good, [name, json] as const]
        : good.map((field, i) => (i === at % good.length ? ([field[0], json] as const) : field)),
    );
  const strange = fc.array(fc.tuple(anyName, anyValue), { maxLength: 5 });
  const whole = fc.oneof(
    { weight: 5, arbitrary: fields },
    { weight: 4, arbitrary: spoilt },
    { weight: 2, arbitrary: strange },
  );
  const text = whole.map(textOf);
  return fc.oneof(
    { weight: 16, arbitrary: text.map((each) => Buffer.from(each)) },
    { weight: 2, arbitrary: noObject(text, whole) },
  );
}

/** Values that are no object, and texts that are no JSON, or not in UTF-8. */
function noObject(text: fc.Arbitrary<string>, fields: fc.Arbitrary<readonly Field[]>): fc.Arbitrary<Buffer> {
  return fc.oneof(
    hardValue.map((json) => Buffer.from(json)),
    fc
      .tuple(fields, anyName, fc.constantFrom(...NO_VALUES))
      .map(([good, name, broken]) => Buffer.from(textOf([...good, [name, broken]]))),
    fc.constantFrom(...NO_VALUES).map((broken) => Buffer.from(broken)),
    text.chain((each) => fc.nat(each.length).map((end) => Buffer.from(each.slice(0, end)))),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    text.map((each) => Buffer.from(each, 'utf16le')),
    text.map((each) => Buffer.from(`\ufeff${each}`)),
    text.map((each) => gzipSync(each)),
    // A start byte of UTF-8 without its end, between two parts of a text.
    text.map((each) =>
      Buffer.concat([Buffer.from(each.slice(0, -1)), Buffer.from([0xf0, 0x9f]), Buffer.from('}')]),
    ),
  );
}
