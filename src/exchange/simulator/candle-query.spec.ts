import { parseCandleQuery } from './candle-query';

const NOW = Date.UTC(2026, 2, 14, 12, 0, 30);
const parse = (query: string) => parseCandleQuery(new URLSearchParams(query), NOW);

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

describe('parseCandleQuery', () => {
  it('means the last 300 candles, the unfinished one included, unless both ends are given', () => {
    const toS = Date.UTC(2026, 2, 14, 12, 0) / 1000;
    const last = { outcome: 'range', granularityS: 60, fromS: toS - 299 * 60, toS };
    expect(parse('')).toEqual(last);
    expect(parse('granularity=60&start=1')).toEqual(last);
    expect(parse('granularity=60&end=1')).toEqual(last);
  });

  it('reads both ends as ISO 8601 or Unix seconds', () => {
    const expected = { outcome: 'range', granularityS: 300, fromS: 1_700_000_100, toS: 1_700_000_400 };
    expect(parse('granularity=300&start=1700000100&end=1700000400')).toEqual(expected);
    expect(parse(`granularity=300&start=${iso(1_700_000_100)}&end=${iso(1_700_000_400)}`)).toEqual(expected);
  });

  it('admits exactly 300 candles, both ends included', () => {
    const start = 1_700_000_040;
    expect(parse(`start=${start}&end=${start + 299 * 60}`).outcome).toBe('range');
    expect(parse(`start=${start}&end=${start + 300 * 60}`)).toEqual({
      outcome: 'refused',
      message: expect.stringContaining('exceeds 300'),
    });
  });

  it.each([
    ['granularity=61', /Unsupported granularity 61; supported are 60, 300/],
    ['granularity=abc', /Unsupported granularity abc/],
    ['granularity=', /Unsupported granularity/],
    ['start=yesterday&end=2', /Invalid start yesterday/],
    ['start=1&end=', /Invalid end/],
    ['start=1&end=1e99', /Invalid end/],
    ['start=600&end=60', /end is before start/],
  ])('refuses %s', (query, message) => {
    expect(parse(query)).toEqual({ outcome: 'refused', message: expect.stringMatching(message) });
  });
});
