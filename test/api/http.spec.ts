import { Body, Controller, Get, HttpException, Param, Post, UseGuards } from '@nestjs/common';
import { ThrottlerGuard } from '@nestjs/throttler';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { ERROR_CODES, ExchangeError } from '../../src/errors';
import { Actor, ForViewers, Open } from '../../src/http/access.decorator';
import { RATE_LIMIT } from '../../src/http/http.module';
import { ZodPipe } from '../../src/http/zod.pipe';
import { CONTROL_TOKEN, VIEWER_TOKEN, startHttpApp, type Answer, type HttpApp } from './http-app';

class TakenError extends ExchangeError {
  readonly code = 'EXCHANGE_TAKEN';
  override get details() {
    return { holder: 'b', status: 'must not win' };
  }
}

const bodySchema = z.strictObject({ name: z.string(), times: z.number().int().optional() });

@Controller('things')
class ThingsController {
  @Get('closed')
  closed() {
    return 'operators only';
  }

  @Get('shared')
  @ForViewers()
  shared(@Actor() actor: string) {
    return { actor };
  }

  @Get('open')
  @Open()
  open() {
    return {};
  }

  @Post('checked')
  checked(@Body(new ZodPipe(bodySchema)) body: z.infer<typeof bodySchema>) {
    return body;
  }

  @Post('limited')
  @UseGuards(ThrottlerGuard)
  limited() {
    return {};
  }

  @Get('errors/:kind')
  fail(@Param('kind') kind: string) {
    if (kind === 'ours') throw new TakenError('held by b');
    if (kind === 'foreign') throw new HttpException('nope', 418);
    if (kind === 'string') throw 'a string with s3cret';
    throw new Error('internals with s3cret');
  }
}

let api: HttpApp;
beforeAll(async () => {
  api = await startHttpApp({ controllers: [ThingsController] });
});
afterAll(() => api.close());

function expectProblem(answer: Answer, code: keyof typeof ERROR_CODES): void {
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.json).toMatchObject({ code, status: ERROR_CODES[code] });
  expect(answer.status).toBe(ERROR_CODES[code]);
  for (const member of ['type', 'title', 'detail', 'instance']) expect(answer.json[member]).toMatch(/./);
}

describe('access', () => {
  it.each([
    ['closed', null, 401],
    ['closed', 'wrong-token-of-some-length', 401],
    ['closed', VIEWER_TOKEN, 403],
    ['closed', CONTROL_TOKEN, 200],
    ['shared', null, 401],
    ['shared', VIEWER_TOKEN, 200],
    ['shared', CONTROL_TOKEN, 200],
    ['open', null, 200],
    ['open', 'wrong-token-of-some-length', 200],
  ])('to a route that is %s, with token %s, is answered %i', async (route, token, status) => {
    expect((await api.call(`/things/${route}`, { token })).status).toBe(status);
  });

  it('is refused with a challenge', async () => {
    const missing = await api.call('/things/closed', { token: null });
    expectProblem(missing, 'UNAUTHENTICATED');
    expect(missing.headers.get('www-authenticate')).toBe('Bearer realm="exchange-registry"');
    const invalid = await api.call('/things/closed', { token: `${CONTROL_TOKEN}x` });
    expect(invalid.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  it.each(['Basic b3BlcmF0b3I6eA==', 'Bearer', 'Bearer ', CONTROL_TOKEN, `Bearer ${CONTROL_TOKEN} x`])(
    'is not given to the header %s',
    async (authorization) => {
      const answer = await api.call('/things/closed', { token: null, headers: { authorization } });
      expectProblem(answer, 'UNAUTHENTICATED');
    },
  );

  it('names the caller by role', async () => {
    expect((await api.call('/things/shared', { token: VIEWER_TOKEN })).json).toEqual({ actor: 'viewer' });
    expect((await api.call('/things/shared')).json).toEqual({ actor: 'operator' });
  });
});

describe('every error is a problem document', () => {
  it('when there is no such path', async () => {
    expectProblem(await api.call('/nowhere?token=abc'), 'NOT_FOUND');
    expect((await api.call('/nowhere?token=abc')).json.instance).toBe('/nowhere');
  });

  it('when the path exists, but not with this method', async () => {
    const answer = await api.call('/things/open', { method: 'DELETE' });
    expectProblem(answer, 'METHOD_NOT_ALLOWED');
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
    expectProblem(await api.call('/things/errors/any', { method: 'PUT' }), 'METHOD_NOT_ALLOWED');
  });

  it('when the path cannot be decoded', async () => {
    expectProblem(await api.call('/things/errors/%FF'), 'INVALID_REQUEST');
  });

  it('when the application refuses, with its data, which cannot displace the standard members', async () => {
    const answer = await api.call('/things/errors/ours');
    expectProblem(answer, 'EXCHANGE_TAKEN');
    expect(answer.json).toMatchObject({ holder: 'b', detail: 'held by b' });
  });

  it('when the framework refuses with a status of its own', async () => {
    expectProblem(await api.call('/things/errors/foreign'), 'INVALID_REQUEST');
  });

  it.each(['string', 'error'])(
    'when something unexpected is thrown (%s), without internals',
    async (kind) => {
      const answer = await api.call(`/things/errors/${kind}`);
      expectProblem(answer, 'INTERNAL');
      expect(answer.text).not.toContain('s3cret');
    },
  );
});

describe('a body', () => {
  it('of the documented form passes', async () => {
    expect((await api.call('/things/checked', { body: { name: 'a' } })).json).toEqual({ name: 'a' });
  });

  it.each([
    ['unknown fields', { name: 'a', colour: 'red' }, 'colour'],
    ['a missing field', {}, 'name'],
    ['a wrong type', { name: 5 }, 'name'],
    ['an array', [], ''],
    ['a prototype', '{"name":"a","__proto__":{"x":1}}', '__proto__'],
  ])('with %s is refused', async (_what, body, field) => {
    const answer = await api.call('/things/checked', { body });
    expectProblem(answer, 'INVALID_REQUEST');
    expect(JSON.stringify(answer.json.problems)).toContain(field);
  });

  it.each(['', '{', 'null', '5', '"x"', '\u0000', '{"name":"a"}}'])('that is %j is refused', async (body) => {
    expectProblem(await api.call('/things/checked', { method: 'POST', body }), 'INVALID_REQUEST');
  });

  it('nested beyond reason is refused', async () => {
    const body = '['.repeat(8000) + ']'.repeat(8000);
    expectProblem(await api.call('/things/checked', { method: 'POST', body }), 'INVALID_REQUEST');
  });

  it('over 16 kB is refused', async () => {
    expectProblem(
      await api.call('/things/checked', { body: { name: 'x'.repeat(17_000) } }),
      'BODY_TOO_LARGE',
    );
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
  ])('of type %s is refused', async (type) => {
    const answer = await api.call('/things/checked', { body: '{}', headers: { 'content-type': type } });
    expectProblem(answer, 'UNSUPPORTED_MEDIA_TYPE');
  });

  it('that is compressed or in another charset is refused', async () => {
    const gzip = await api.call('/things/checked', { body: '{}', headers: { 'content-encoding': 'gzip' } });
    expectProblem(gzip, 'UNSUPPORTED_MEDIA_TYPE');
    const headers = { 'content-type': 'application/json; charset=latin1' };
    expectProblem(await api.call('/things/checked', { body: '{}', headers }), 'UNSUPPORTED_MEDIA_TYPE');
  });
});

describe('the basics', () => {
  it('set security headers, forbid storing and do not name the framework', async () => {
    const { headers } = await api.call('/things/open');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('etag')).toBeNull();
  });

  it('limit the rate of what changes something, and say when to come again', async () => {
    const answers: Answer[] = [];
    for (let i = 0; i <= RATE_LIMIT.limit; i++) answers.push(await api.call('/things/limited', { body: {} }));
    const last = answers.pop()!;
    expect(answers.every(({ status }) => status === 201)).toBe(true);
    expectProblem(last, 'RATE_LIMITED');
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('survive bytes that are not HTTP', async () => {
    const port = Number(new URL(api.url).port);
    for (const bytes of [
      '\u0000\u0001\u0002\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      'POST /things/checked HTTP/1.1\r\n\r\n',
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
        socket.on('data', () => undefined);
        socket.on('error', () => resolve());
        socket.on('close', () => resolve());
      });
    }
    expect((await api.call('/things/open')).status).toBe(200);
  });

  it('answer an expectation that nobody can meet also behind another request, and end the connection', async () => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    const requests = ['GET /things/open HTTP/1.1', 'GET /things/open HTTP/1.1\r\nExpect: x'];
    socket.write(requests.map((head) => `${head}\r\nHost: x\r\n\r\n`).join(''));
    // The client leaves its side open, as one does that waits for its answers.
    const received = await text(socket);
    expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
    expect(received).toMatch(/application\/problem\+json[^]*"code":"INVALID_REQUEST"/);
  });
});
