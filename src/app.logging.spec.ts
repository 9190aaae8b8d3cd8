import { LogContext, rootLogger, scrubber } from './app.logging';

function linesOf(secrets: string[], context = new LogContext()) {
  const lines: string[] = [];
  const logger = rootLogger('info', secrets, context, { write: (line: string) => void lines.push(line) });
  return { logger, lines };
}

describe('a log line', () => {
  it('carries instance, exchange and state, unless it says otherwise itself', () => {
    const context = new LogContext();
    context.describe = () => ({ instance: 'i-1', exchange: 'coinbase', state: 'active' });
    const { logger, lines } = linesOf([], context);
    logger.info({ msg: 'something', exchange: 'simulator' });
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      instance: 'i-1',
      exchange: 'simulator',
      state: 'active',
      msg: 'something',
    });
  });

  it('has its text under one name, whoever writes it', () => {
    const { logger, lines } = linesOf([]);
    logger.info({ message: 'from a part of Nest' });
    expect(JSON.parse(lines[0]!)).toMatchObject({ msg: 'from a part of Nest' });
  });

  it.each([
    ['in the text', 'the token operator-token-000 was sent'],
    ['in a field', { headers: { authorization: 'Bearer operator-token-000' } }],
    ['in an error', { err: new Error('connect redis://:pass"word@host failed, operator-token-000') }],
    ['encoded', 'redis://user:pass%22word@host'],
  ])('hides secrets %s', (_where, what) => {
    const { logger, lines } = linesOf(['operator-token-000', 'pass"word']);
    logger.error(what as string);
    expect(lines.join()).not.toMatch(/operator-token-000|pass\\*"word|pass%22word/);
    expect(() => JSON.parse(lines[0]!) as unknown).not.toThrow();
  });

  it('hides the credentials of any address and any bearer token, known or not', () => {
    const scrub = scrubber([]);
    expect(scrub('rediss://joe:hunter2@db:6380/1 down')).toBe('rediss://[redacted]@db:6380/1 down');
    expect(scrub('GET https://key:hun@ter2@api.example/x failed')).toBe(
      'GET https://[redacted]@api.example/x failed',
    );
    const line = JSON.stringify({
      a: 'wss://key:hun"t\\er2@feed',
      b: 'https://api.example',
      c: 'joe@example.org',
    });
    expect(JSON.parse(scrub(line))).toEqual({
      a: 'wss://[redacted]@feed',
      b: 'https://api.example',
      c: 'joe@example.org',
    });
    expect(scrub('Authorization: Bearer abcdefgh12345678')).toBe('Authorization: Bearer [redacted]');
  });

  it('has no character that steers a terminal or turns its text, and still says the same', () => {
    const { logger, lines } = linesOf([]);
    const text = '\u001b[2J \u009b31m \u007f\u0000\r\n \u202egnp.exe \u2066\u2028 \ud800 é 😀';
    logger.info({ msg: text, from: text });
    // eslint-disable-next-line no-control-regex -- it is what must not be there
    expect(lines[0]!.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
    expect(JSON.parse(lines[0]!)).toMatchObject({ msg: text, from: text });
  });

  it('is not torn by a secret that is an everyday word', () => {
    expect(scrubber(['a'])('a plain line')).toBe('a plain line');
  });
});
