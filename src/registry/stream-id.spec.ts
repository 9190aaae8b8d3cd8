import { compareStreamIds, FIRST_STREAM_ID, isStreamId } from './stream-id';

describe('ids of stream entries', () => {
  it.each(['0-0', '1767225600000-12', '9999999999999999-9999999999999999'])('%s is one', (text) => {
    expect(isStreamId(text)).toBe(true);
  });

  it.each([
    '',
    '5',
    '5-',
    '-5',
    'x5-1',
    '5-1x',
    '5-1-1',
    '5x-1',
    '5-x',
    '12345678901234567-0',
    '0-12345678901234567',
  ])('%j is none', (text) => {
    expect(isStreamId(text)).toBe(false);
  });

  it.each([
    ['5-1', '5-2', -1],
    ['5-10', '5-9', 1],
    ['5-1', '10-0', -1],
    ['10-0', '9-9', 1],
    ['5-3', '5-3', 0],
    ['5', '5-0', 0],
  ])('compares %s with %s as numbers', (a, b, sign) => {
    expect(Math.sign(compareStreamIds(a, b))).toBe(sign);
  });

  it('none is before the first', () => {
    expect(compareStreamIds(FIRST_STREAM_ID, '0-1')).toBeLessThan(0);
    expect(isStreamId(FIRST_STREAM_ID)).toBe(true);
  });
});
