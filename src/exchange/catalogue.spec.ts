import { BUILT_IN_CATALOGUE } from './built-in.catalogue';
import { Catalogue } from './catalogue';
import { InvalidCatalogueError, UnknownExchangeError } from './catalogue.errors';
import { readCatalogue } from './catalogue.schema';

const good = {
  id: 7,
  name: 'kraken-2',
  displayName: 'Kraken',
  adapter: 'coinbase',
  symbols: ['BTC-USD'],
  restUrl: 'https://example.org',
  wsUrl: 'wss://example.org',
};

function problemsOf(input: unknown) {
  const reading = readCatalogue(input);
  return reading.kind === 'valid' ? [] : reading.problems;
}

function messageFor(input: unknown) {
  return new InvalidCatalogueError('exchanges.json', problemsOf(input)).message;
}

describe('a catalogue', () => {
  it('finds an exchange by name', () => {
    const catalogue = new Catalogue(BUILT_IN_CATALOGUE);
    expect(catalogue.byName('coinbase').id).toBe(1);
  });

  it.each(['Coinbase', 'x', '__proto__', ''])('says which exchanges it knows when asked for %j', (name) => {
    const catalogue = new Catalogue(BUILT_IN_CATALOGUE);
    expect(() => catalogue.byName(name)).toThrow(UnknownExchangeError);
    expect(() => catalogue.byName(name)).toThrow('Known exchanges: coinbase, simulator.');
  });

  it('is valid as it is built in', () => {
    expect(problemsOf(BUILT_IN_CATALOGUE)).toEqual([]);
  });

  it('cannot be changed after it was made', () => {
    const catalogue = new Catalogue([good]);
    expect(() => Object.assign(catalogue.byName(good.name), { name: 'other' })).toThrow(TypeError);
  });
});

describe('reading a catalogue', () => {
  it.each([
    ['a text', 'hello'],
    ['an object', { exchanges: [] }],
    ['null', null],
    ['an empty list', []],
  ])('refuses %s and says that a list is wanted', (_, input) => {
    expect(problemsOf(input)).toMatchObject([
      { index: null, accepted: expect.stringContaining('a list of') },
    ]);
  });

  it.each([
    ['id', 0],
    ['id', '7'],
    ['id', 1.5],
    ['name', 'Kraken'],
    ['name', 'a b'],
    ['name', '{x}'],
    ['displayName', ''],
    ['adapter', 'binance'],
    ['symbols', []],
    ['symbols', 'BTC-USD'],
    ['symbols', ['BTC-USD', 'BTC-USD']],
    ['symbols', ['BTC/USD']],
    ['restUrl', 'ftp://example.org'],
    ['restUrl', 'example'],
    ['wsUrl', 'https://example.org'],
    ['wsUrl', null],
  ])('names the entry and the field when %s is %j', (field, value) => {
    expect(problemsOf([good, { ...good, id: 8, name: 'second', [field]: value }])).toMatchObject([
      { index: 1, field, found: JSON.stringify(value) },
    ]);
  });

  it.each([
    ['restUrl', 'https://example.org/#'],
    ['wsUrl', 'wss://example.org/feed#part'],
  ])('says what is wrong with a # in %s: %s', (field, value) => {
    const message = messageFor([{ ...good, [field]: value }]);
    expect(message).toContain(`${field} is "${value}", accepted: `);
    expect(message).toMatch(/ without user, password and "#", or null/);
  });

  it('accepts any symbol of an exchange with addresses, and on the simulator only what that can trade', () => {
    const symbols = ['BTC.PERP', 'BTC-USD', 'btc-usd'];
    expect(problemsOf([{ ...good, symbols }])).toEqual([]);
    const accepted = expect.stringMatching(/capital letters and digits with a hyphen.*simulator/) as string;
    expect(problemsOf([{ ...good, symbols, restUrl: null, wsUrl: null }])).toEqual([
      { index: 0, name: 'kraken-2', field: 'symbols', found: '"BTC.PERP"', accepted },
      { index: 0, name: 'kraken-2', field: 'symbols', found: '"btc-usd"', accepted },
    ]);
  });

  it('says that a field is missing', () => {
    const { symbols: _, ...rest } = good;
    expect(messageFor([rest])).toContain('entry 0 "kraken-2" symbols is missing, accepted: a list of');
  });

  it('refuses a field it does not know, since it may be a misspelt one', () => {
    expect(problemsOf([{ ...good, symbol: 'BTC-USD' }])).toMatchObject([{ index: 0, field: 'symbol' }]);
  });

  it('does not repeat what stands in such a field, which may be a key to an exchange', () => {
    const message = messageFor([{ ...good, apiKey: 'hunter2' }]);
    expect(message).toContain('entry 0 "kraken-2" apiKey is an unknown field, accepted: only the fields id');
    expect(message).not.toContain('hunter2');
  });

  it('reports duplicate ids and names', () => {
    expect(problemsOf([good, good])).toMatchObject([
      { index: 1, field: 'id' },
      { index: 1, field: 'name' },
    ]);
  });

  it('reports all problems at once', () => {
    const bad = [{ ...good, id: -1, adapter: 'x' }, 5, { ...good, wsUrl: 'nowhere' }];
    expect(problemsOf(bad).map((problem) => [problem.index, problem.field])).toEqual([
      [0, 'id'],
      [0, 'adapter'],
      [1, null],
      [2, 'wsUrl'],
      [2, 'name'],
    ]);
  });

  it.each(['hunter2', 'hunt/hunter2', 'hunt@hunter2', 'hunter2#', 'hunter2\n'])(
    'never repeats a password that stands in an address: %j',
    (password) => {
      const message = messageFor([{ ...good, restUrl: `https://me:${password}@example.org/v1` }]);
      expect(message).toContain('restUrl is "https://***@example.org/v1"');
      expect(message).not.toContain('hunt');
    },
  );

  it.each([
    ['an entry', ['https://me:hunter2@example.org']],
    ['the whole', { url: 'https://me:hunter2@example.org', other: 'https://me:hunt/er2"@example.org' }],
    ['another field', [{ ...good, symbols: ['https://me:hunter2@example.org', 1] }]],
  ])('nor one that is part of %s', (_what, input) => {
    expect(messageFor(input)).toContain('https://***@example.org');
    expect(messageFor(input)).not.toContain('hunt');
  });

  it('shortens what it repeats', () => {
    expect(messageFor([{ ...good, name: 'x'.repeat(10_000) }]).length).toBeLessThan(1_000);
  });
});
