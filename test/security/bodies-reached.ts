/** How far the bodies of a fuzzer got: one that is never read proves nothing. */
import type { ArgumentMetadata } from '@nestjs/common';
import type { Route } from '../../src/http/route-table';
import { ZodPipe } from '../../src/http/zod.pipe';
import { PROTOTYPE_NAMES } from './body-arbitraries';

/** What was found in the bodies that were read, each seen by whoever judges them. */
const KINDS = [
  'half of a pair',
  'NUL',
  'right to left',
  'name of a prototype',
  'number beyond 2^53',
  'null',
  'boolean',
  'list',
  'object within',
  'long',
  'deep',
] as const;
type Kind = (typeof KINDS)[number];

const LONG_CHARACTERS = 10_000;
const DEEP_LEVELS = 1_000;

interface Reading {
  readonly body: unknown;
  readonly fits: boolean;
}

interface RouteCount {
  asked: number;
  read: number;
  fitting: number;
}

/** Of the requests to routes that change something, at least this share is read as JSON. */
const LEAST_SHARE_READ = 0.5;
/** Of those that were read, this share at least fits, and does not. */
const LEAST_SHARE_EACH = 0.2;

/** Listens to the check of bodies in this process, for one request at a time. Call `stop` at the end. */
export class BodiesReached {
  readonly #spy: jest.SpyInstance;
  readonly #counts = new Map<string, RouteCount>();
  readonly #kinds = new Set<Kind>();
  #reading: Reading | null = null;

  constructor() {
    type Check = ZodPipe<unknown>['transform'];
    const check = Reflect.get(ZodPipe.prototype, 'transform') as Check;
    const note = (reading: Reading) => void (this.#reading = reading);
    this.#spy = jest.spyOn(ZodPipe.prototype, 'transform').mockImplementation(function (
      this: ZodPipe<unknown>,
      body: unknown,
      metadata: ArgumentMetadata,
    ) {
      const isRead = metadata.type === 'body' && body !== undefined;
      if (isRead) note({ body, fits: false });
      const taken = check.call(this, body, metadata);
      if (isRead) note({ body, fits: true });
      return taken;
    });
  }

  stop(): void {
    this.#spy.mockRestore();
  }

  /** What became of the body of the request that was just answered; `null` when nobody read it. */
  count({ method, path }: Route): Reading | null {
    const reading = this.#reading;
    this.#reading = null;
    if (method !== 'POST') return reading;
    const count = this.#counts.get(path) ?? { asked: 0, read: 0, fitting: 0 };
    this.#counts.set(path, count);
    count.asked += 1;
    if (reading === null) return null;
    count.read += 1;
    if (reading.fits) count.fitting += 1;
    for (const kind of kindsIn(reading.body)) this.#kinds.add(kind);
    return reading;
  }

  /** One sentence for each thing that was reached too seldom, of these routes. */
  neglected(routes: readonly Route[]): string[] {
    const posts = routes.filter(({ method }) => method === 'POST');
    const counts = posts.map(({ path }) => ({
      path,
      ...(this.#counts.get(path) ?? { asked: 0, read: 0, fitting: 0 }),
    }));
    const sum = (member: keyof RouteCount) => counts.reduce((total, count) => total + count[member], 0);
    const [asked, read, fitting] = [sum('asked'), sum('read'), sum('fitting')];
    const shares = [
      { what: 'of the bodies were read', share: read / asked, least: LEAST_SHARE_READ },
      { what: 'of those read fitted', share: fitting / read, least: LEAST_SHARE_EACH },
      { what: 'of those read did not fit', share: 1 - fitting / read, least: LEAST_SHARE_EACH },
    ];
    return [
      ...shares
        .filter(({ share, least }) => !(share >= least))
        .map(({ what, share, least }) => `${share.toFixed(2)} ${what}, at least ${least} should`),
      ...counts.filter((of) => of.fitting === 0).map(({ path }) => `no body that fits was read at ${path}`),
      ...counts
        .filter((of) => of.fitting === of.read)
        .map(({ path }) => `no body that does not fit was read at ${path}`),
      ...KINDS.filter((kind) => !this.#kinds.has(kind)).map((kind) => `no body with '${kind}' was read`),
    ];
  }
}

/** Not by recursion: some are deeper than the stack. */
function kindsIn(body: unknown): Set<Kind> {
  const kinds = new Set<Kind>();
  let level: unknown[] = [body];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= DEEP_LEVELS) kinds.add('deep');
    for (const value of level) addKindsOf(value, depth, kinds);
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? [...Object.keys(value), ...Object.values(value)] : [],
    );
  }
  return kinds;
}

function addKindsOf(value: unknown, depth: number, kinds: Set<Kind>): void {
  if (typeof value === 'string') return addKindsOfText(value, kinds);
  if (typeof value === 'number') {
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER) kinds.add('number beyond 2^53');
  } else if (typeof value === 'boolean') kinds.add('boolean');
  else if (value === null) kinds.add('null');
  else if (Array.isArray(value)) kinds.add('list');
  else {
    if (depth > 0) kinds.add('object within');
    const names: readonly string[] = PROTOTYPE_NAMES;
    if (Object.keys(value as object).some((name) => names.includes(name))) kinds.add('name of a prototype');
  }
}

function addKindsOfText(text: string, kinds: Set<Kind>): void {
  if (/\p{Surrogate}/u.test(text)) kinds.add('half of a pair');
  if (text.includes('\0')) kinds.add('NUL');
  if (/[\u0590-\u08ff\u202e]/.test(text)) kinds.add('right to left');
  if (text.length > LONG_CHARACTERS) kinds.add('long');
}
