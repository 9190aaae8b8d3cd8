import { IP_SERVICES, IP_TIMEOUT_MS, lookUpPublicIp } from './public-ip';

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

  it('asks several services by https, for three seconds', async () => {
    const asked: string[] = [];
    const began = performance.now();
    const fetch = (url: string, init: { signal: AbortSignal }) => {
      asked.push(url);
      return never(url, init);
    };
    const found = lookUpPublicIp(fetch);
    expect(asked.length).toBeGreaterThan(1);
    expect(asked).toEqual([...IP_SERVICES]);
    expect(asked.every((url) => new URL(url).protocol === 'https:')).toBe(true);
    expect(IP_TIMEOUT_MS).toBe(3_000);
    expect(await found).toBeNull();
    // Timers count whole milliseconds, and may be early by one.
    expect(performance.now() - began).toBeGreaterThan(IP_TIMEOUT_MS - 2);
  });

  it('gives up at its limit', async () => {
    expect(await lookUpPublicIp(never, ['https://slow.example'], 20)).toBeNull();
  });

  it('does not believe an error page', async () => {
    expect(await lookUpPublicIp(answer('203.0.113.7', 503), ['https://one.example'])).toBeNull();
  });
});
