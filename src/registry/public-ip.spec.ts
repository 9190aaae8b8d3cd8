import { lookUpPublicIp } from './public-ip';

const answer =
  (text: string, status = 200) =>
  () =>
    Promise.resolve(new Response(text, { status }));
const never = (_url: string, { signal }: { signal: AbortSignal }) =>
  new Promise<Response>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

describe('lookUpPublicIp (REG-05)', () => {
  it.each([
    ['203.0.113.7\n', '203.0.113.7'],
    ['2001:db8::1', '2001:db8::1'],
    ['<html>hello</html>', null],
    ['', null],
    ['999.1.1.1', null],
  ])('takes %j for %j', async (text, expected) => {
    expect(await lookUpPublicIp(answer(text), ['https://one.example'])).toBe(expected);
  });

  it('takes the first valid answer of several services', async () => {
    const fetch = (url: string, init: { signal: AbortSignal }) =>
      url.includes('slow') ? never(url, init) : answer('203.0.113.7')();
    expect(await lookUpPublicIp(fetch, ['https://slow.example', 'https://one.example'])).toBe('203.0.113.7');
  });

  it('gives up at its limit', async () => {
    expect(await lookUpPublicIp(never, ['https://slow.example'], 20)).toBeNull();
  });

  it('does not believe an error page', async () => {
    expect(await lookUpPublicIp(answer('203.0.113.7', 503), ['https://one.example'])).toBeNull();
  });
});
