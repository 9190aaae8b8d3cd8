/**
 * What an outsider may leave under the keys of an exchange, for the fuzzer: values of every type and size, and texts near to
 * those that mean something. Not among them: a well-formed word of another holder, which whoever may write to Redis
 * can always forge.
 */
import * as fc from 'fast-check';

/** Keys under the tag of the exchange, beside the status key itself. */
export const PLACES = [
  'status',
  'fence',
  'activity',
  'commands',
  'candles:BTC-USD:1m',
  'legacy',
  'journal',
  'taken',
] as const;
export type Place = (typeof PLACES)[number];

export type Value =
  | { readonly kind: 'string'; readonly bytes: Buffer }
  | { readonly kind: 'list' | 'set'; readonly items: readonly string[] }
  | { readonly kind: 'hash'; readonly fields: readonly string[] }
  | { readonly kind: 'zset'; readonly scores: readonly (readonly [string, string])[] }
  | { readonly kind: 'stream'; readonly entries: readonly (readonly string[])[] };

const KINDS: readonly Value['kind'][] = ['string', 'list', 'set', 'hash', 'zset', 'stream'];

export interface Intrusion {
  readonly place: Place;
  readonly value: Value;
  /** `null`: for ever. */
  readonly ttlMs: number | null;
}

const scrap = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.jsonValue().map((any) => JSON.stringify(any)),
  fc.constantFrom(
    '',
    ' ',
    '0',
    '-1',
    'null',
    '[]',
    '{}',
    '"x"',
    '1e999',
    '{"__proto__":{"instanceId":"x"}}',
    '\u0000',

    '{"instanceId":""}',
    '{"instanceId":7}',
    '{"instanceId":null,"claimId":"x"}',
    '{"instanceId":',
    '{"type":"stop"}',

    '['.repeat(20_000),
    'x'.repeat(70_000),
    `{"a":"${'\\ud800'.repeat(2_000)}"}`,
  ),
);

/** Nearly `<token> <claimId> <ended> <untilMs> <runId> <instanceId>`, each time with something that is not. */
const fenceText = fc
  .record({
    token: fc.constantFrom(
      '0',
      '-1',
      '1.5',
      '1e3',
      '9007199254740993',
      '1'.repeat(17),
      'x',
      '',
      '0x10',
      '+5',
      'nan',
    ),
    ended: fc.constantFrom('held', 'released', 'revoked', 'waiting', 'gone'),
    till: fc.constantFrom('0', '-1', '9'.repeat(16), 'inf'),
  })
  .map(({ token, ended, till }) => `${token} a-claim ${ended} ${till} run z`);

/** A status that names nobody, or is cut off. */
const statusText = fc
  .record({
    instanceId: fc.constantFrom('', 7, null, ['x'], { x: 1 }, true),
    fencingToken: fc.constantFrom(1, 0, -1, 1.5, 1e300, 'x', null),
    revision: fc.constantFrom(0, 1e300, -1, 'x', null, 9_007_199_254_740_992),
    lastHeartbeat: fc.constantFrom('never', '', null, '9999-12-31T23:59:59.999Z', 5),
    schemaVersion: fc.constantFrom(1, 2, 99, -1, 'x'),
  })
  .map((status) => JSON.stringify({ claimId: 'x', exchangeId: 2, pid: 1, ...status }));

const command = {
  commandId: 'forged',
  type: 'stop',
  claimId: 'not-the-holders',
  actor: 'outsider',
  reason: 'x',
  sentBy: 'nobody',
  sentAt: '2026-01-01T00:00:00.000Z',
};
const commandText = fc
  .record(
    {
      type: fc.constantFrom('start', 'kill', '', '__proto__'),
      claimId: scrap,
      actor: fc.constantFrom('', 5, null),
    },
    { requiredKeys: [] },
  )
  .map((wrong) => JSON.stringify({ ...command, ...wrong }));

const activityText = fc
  .record(
    {
      type: fc.constantFrom(
        'claimed',
        'released',
        'lost',
        'revoked',
        'transition',
        'command-done',
        'alert',
        'x',
      ),
      exchangeId: fc.constantFrom(1, 2, 1e300, 'x'),
      seq: fc.constantFrom(0, 1, 1e300, 'x'),
      claimId: fc.constantFrom(null, 'x', 5),
      data: fc.constantFrom({}, { result: 1 }, 'x', [1], { __proto__: { a: 1 } }),
    },
    { requiredKeys: ['type'] },
  )
  .map((fields) =>
    JSON.stringify({ instanceId: 'outsider', at: command.sentAt, cause: 'x', actor: 'x', ...fields }),
  );

const fieldName = fc.constantFrom(
  'event',
  'command',
  'expiresAtMs',
  'fencingToken',
  'predecessor',
  '',
  '__proto__',
);
const fieldValue = fc.oneof(
  scrap,
  commandText,
  activityText,
  fc.constantFrom('99999999999999', 'x', '-1', 'nan'),
);

const entry = fc
  .array(fc.tuple(fieldName, fieldValue), { minLength: 1, maxLength: 4 })
  .map((fields) => fields.flat());

const value: fc.Arbitrary<Value> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .oneof(scrap, fenceText, statusText)
      .map((text): Value => ({ kind: 'string', bytes: Buffer.from(text) })),
  },
  fc.uint8Array({ maxLength: 200 }).map((bytes): Value => ({ kind: 'string', bytes: Buffer.from(bytes) })),
  fc.constant<Value>({ kind: 'string', bytes: Buffer.alloc(1_500_000, 'x') }),
  fc
    .tuple(fc.constantFrom('list' as const, 'set' as const), fc.array(scrap, { minLength: 1, maxLength: 3 }))
    .map(([kind, items]): Value => ({ kind, items })),
  fc.tuple(fieldName, scrap).map((fields): Value => ({ kind: 'hash', fields })),
  fc
    .array(fc.tuple(fc.constantFrom('0', '1', '-inf', 'inf', '1e300', '1700000000000'), scrap), {
      minLength: 1,
      maxLength: 4,
    })
    .map((scores): Value => ({ kind: 'zset', scores })),
  {
    weight: 3,
    arbitrary: fc
      .array(entry, { minLength: 1, maxLength: 4 })
      .map((entries): Value => ({ kind: 'stream', entries })),
  },
);

export const intrusion: fc.Arbitrary<Intrusion> = fc.record({
  place: fc.constantFrom(...PLACES),
  value,
  ttlMs: fc.constantFrom(null, null, 60_000, 9_000_000_000_000),
});

/** One of each kind of value under each key, whatever chance draws. */
export const EVERY_PAIR: readonly Intrusion[] = PLACES.flatMap((place, seed) =>
  KINDS.map((kind): Intrusion => {
    const of = value.filter((each) => each.kind === kind);
    const [drawn] = fc.sample(of, { numRuns: 1, seed });
    if (drawn === undefined) throw new Error(`no ${kind} was drawn`);
    return { place, value: drawn, ttlMs: null };
  }),
);

/** An entry for a stream that is there already. */
export const streamEntry = entry;

/** The word that somebody has ended: with nothing wrong about it but that it is not so. */
export const forgedEvent = {
  type: 'released',
  at: command.sentAt,
  exchangeId: 2,
  exchangeName: 'simulator',
  instanceId: 'outsider',
  seq: 1,
  claimId: null,
  fencingToken: null,
  actor: 'operator',
  cause: 'forged',
} as const;

/** The same of the holder as well, given its id. */
export const forgedEnding = fc
  .record({
    type: fc.constantFrom('released', 'lost', 'revoked'),
    isOfHolder: fc.boolean(),
    seq: fc.constantFrom(1, 2, 1_000_000, Number.MAX_SAFE_INTEGER),
    claimId: fc.constantFrom(null, 'x'),
    fencingToken: fc.constantFrom(null, 1, Number.MAX_SAFE_INTEGER),
  })
  .map(({ isOfHolder, ...forged }) => (holderId: string) => {
    const instanceId = isOfHolder ? holderId : forgedEvent.instanceId;
    return ['event', JSON.stringify({ ...forgedEvent, ...forged, instanceId })];
  });
