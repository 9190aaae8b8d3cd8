import { statusOf } from '../../test/registry-store/contract/requests';
import { MAX_STATUS_LENGTH } from './exchange-status';
import { isToken, readOwner, splitStatusText, statusText } from './status-text';

describe('the text of a status', () => {
  it('has the token as its last field, whatever was in its place', () => {
    const { head, tail } = splitStatusText(statusOf('a1', { fencingToken: 5 }));
    expect(head).toMatch(/,"fencingToken":$/);
    expect(JSON.parse(`${head}9${tail}`)).toEqual(statusOf('a1', { fencingToken: 9 }));
    expect(statusText(statusOf('a1', { fencingToken: 5 }))).toBe(`${head}5${tail}`);
  });

  it('names its owner', () => {
    const text = statusText(statusOf('a1', { fencingToken: 5, revision: 3 }));
    expect(readOwner(text)).toEqual({ instanceId: 'a', claimId: 'a1', fencingToken: 5, revision: 3 });
  });

  it.each([
    ['no JSON', 'nonsense'],
    ['a number', '5'],
    ['a text', '"a"'],
    ['nothing', 'null'],
    ['a list', '[{"instanceId":"a"}]'],
    ['an object without a name', '{}'],
    ['an object with a number for a name', '{"instanceId":5}'],
    ['an object with an empty name', '{"instanceId":""}'],
  ])('names nobody when it is %s', (_what, text) => {
    expect(readOwner(text)).toBeNull();
  });

  it('names nobody when it is longer than a status can be, counted in bytes', () => {
    const longest = (filler: string, bytes: number) => {
      const empty = '{"instanceId":"a","x":""}';
      const fill = filler.repeat((bytes - empty.length) / Buffer.byteLength(filler));
      return empty.replace('"x":""', `"x":"${fill}"`);
    };
    expect(readOwner(longest('x', MAX_STATUS_LENGTH))).toMatchObject({ instanceId: 'a' });
    expect(readOwner(longest('x', MAX_STATUS_LENGTH + 1))).toBeNull();
    expect(readOwner(longest('é', MAX_STATUS_LENGTH + 7))).toBeNull();
  });

  it.each([
    ['no claim', '{"instanceId":"a"}'],
    ['numbers that are none', '{"instanceId":"a","claimId":5,"fencingToken":"5","revision":"3"}'],
    ['broken numbers', '{"instanceId":"a","claimId":null,"fencingToken":1.5,"revision":1.5}'],
    ['numbers that a store cannot hand out', '{"instanceId":"a","fencingToken":0,"revision":1e300}'],
  ])('of a program that wrote %s names an instance only', (_what, text) => {
    expect(readOwner(text)).toEqual({ instanceId: 'a', claimId: null, fencingToken: null, revision: null });
  });

  it.each([
    [1, true],
    [2 ** 53 - 1, true],
    [0, false],
    [-1, false],
    [1.5, false],
    [2 ** 53, false],
    ['1', false],
    [null, false],
  ])('%p as a token: %s', (value, isOne) => {
    expect(isToken(value)).toBe(isOne);
  });
});
