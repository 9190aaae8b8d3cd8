/** Tokens of every shape at every route of the router: only the right one, in the right place, opens anything. */
import { ERROR_CODES } from '../../src/errors';
import { RATE_LIMIT } from '../../src/http/http.module';
import { RouteTable, type Route } from '../../src/http/route-table';
import { startApiApp, type ApiApp } from '../api/api-app';
import { CONTROL_TOKEN, VIEWER_TOKEN } from '../api/http-app';
import { expectProblem, loopbackAddress, rawRequest, type Header, type RawAnswer } from './raw-http';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const bearer = (text: string): Header => ['Authorization', `Bearer ${text}`];

/** What does not authenticate anybody, although it has to do with a token that would. */
const SHAPES: Readonly<Record<string, (token: string) => readonly Header[]>> = {
  'no header': () => [],
  'an empty header': () => [['Authorization', '']],
  'blanks only': () => [['Authorization', ' \t ']],
  'the scheme alone': () => [['Authorization', 'Bearer']],
  'the scheme and blanks': () => [['Authorization', 'Bearer    ']],
  'no scheme': (token) => [['Authorization', token]],
  'another scheme': (token) => [['Authorization', `Token ${token}`]],
  'a scheme that goes on': (token) => [['Authorization', `BearerX ${token}`]],
  'basic authentication': (token) => [['Authorization', `Basic ${base64(`operator:${token}`)}`]],
  'basic authentication as a bearer': (token) => [bearer(base64(`:${token}`))],
  'a tab behind the scheme': (token) => [['Authorization', `Bearer\t${token}`]],
  'a comma behind the scheme': (token) => [['Authorization', `Bearer,${token}`]],
  'a character before it': (token) => [bearer(`x${token}`)],
  'a character behind it': (token) => [bearer(`${token}x`)],
  'its last character missing': (token) => [bearer(token.slice(0, -1))],
  'its first character missing': (token) => [bearer(token.slice(1))],
  'quotes around it': (token) => [bearer(`"${token}"`)],
  'a blank in it': (token) => [bearer(`${token.slice(0, 5)} ${token.slice(5)}`)],
  'it twice': (token) => [bearer(`${token} ${token}`)],
  'a list of it': (token) => [bearer(`${token}, Bearer ${token}`)],
  'another case': (token) => [bearer(token.toUpperCase())],
  'percent signs': (token) => [bearer(token.replace('-', '%2d'))],
  'a wild card': () => [bearer('*')],
  'the word null': () => [bearer('null')],
  'a prototype name': () => [bearer('__proto__')],
  'a very long one': (token) => [bearer(token.repeat(300))],
  'an accent on it': (token) => [bearer(`${token}\u0301`)],
  'other letters of the same look': (token) => [bearer(token.replace('o', '\u043e').replace('e', '\u0435'))],
  'a zero-width space': (token) => [bearer(`\u200b${token}`)],
  'a character of Latin-1': (token) => [bearer(`${token}\u00ff`)],
  'two headers, the right one last': (token) => [bearer(`wrong-${token}`), bearer(token)],
  'two headers, the right one first': (token) => [bearer(token), bearer(`wrong-${token}`)],
  'two right headers': (token) => [bearer(token), bearer(token)],
  'another header': (token) => [['X-Authorization', `Bearer ${token}`]],
  'the header of proxies': (token) => [['Proxy-Authorization', `Bearer ${token}`]],
  'a cookie': (token) => [['Cookie', `token=${token}; Authorization=Bearer ${token}`]],
};

/** What HTTP itself does not allow in a header: refused before anybody asks who it is. */
const NOT_HTTP: Readonly<Record<string, string>> = {
  'a NUL': '\u0000',
  'an escape': '\u001b[2J',
  'a line feed': '\nX: y',
  'a carriage return': '\rX',
  'a delete': '\u007f',
};

/** Ways of writing the right header that are none the worse. */
const GOOD: Readonly<Record<string, (token: string) => string>> = {
  'as documented': (token) => `Bearer ${token}`,
  'in small letters': (token) => `bearer ${token}`,
  'in capitals': (token) => `BEARER ${token}`,
  'with blanks around': (token) => `Bearer   ${token}  `,
};

let api: ApiApp;
let routes: readonly Route[];
let callers = 0;
beforeAll(async () => {
  api = await startApiApp({ env: { LOG_LEVEL: 'trace' } });
  routes = api.app.get(RouteTable).routes;
});
afterAll(() => api.close());

/** Asks for it with a body that no route takes, so that nobody starts anything. Each caller comes from elsewhere. */
function ask({ method, path }: Route, headers: readonly Header[], query = ''): Promise<RawAnswer> {
  callers += 1;
  return rawRequest(api.url, {
    method,
    target: path.replace(':name', 'simulator') + query,
    from: loopbackAddress(callers),
    ...(method === 'GET'
      ? { headers }
      : { headers: [...headers, ['Content-Type', 'application/json']], body: '{"neverKnown":1}' }),
  });
}

const closed = () => routes.filter(({ access }) => access !== 'open');

function expectCode(answer: RawAnswer, code: keyof typeof ERROR_CODES): void {
  expectProblem(answer, ERROR_CODES);
  expect(answer.problem).toMatchObject({ code });
}

/** Let through: told that the body is not acceptable, or given what it asked for. */
function expectLetIn({ method }: Route, { status, problem }: RawAnswer): void {
  expect({ status, code: problem?.code }).toEqual(
    method === 'GET' ? { status: 200, code: undefined } : { status: 400, code: 'INVALID_REQUEST' },
  );
}

it('there are closed routes for each role, and open ones', () => {
  const count = (wanted: Route['access']) => routes.filter(({ access }) => access === wanted).length;
  expect([count('operator'), count('viewer'), count('open')].every((some) => some > 0)).toBe(true);
});

it.each(Object.keys(SHAPES))('%s opens no closed route, and closes no open one', async (shape) => {
  for (const route of routes) {
    for (const token of [CONTROL_TOKEN, VIEWER_TOKEN]) {
      const answer = await ask(route, SHAPES[shape]!(token));
      if (route.access === 'open') expectLetIn(route, answer);
      else expectCode(answer, 'UNAUTHENTICATED');
      if (route.access !== 'open') expect(answer.head).toMatch(/^WWW-Authenticate: Bearer realm=/im);
    }
  }
});

it.each(Object.keys(NOT_HTTP))('%s in a token is no request at all', async (what) => {
  for (const route of routes)
    expectCode(await ask(route, [bearer(CONTROL_TOKEN + NOT_HTTP[what]!)]), 'INVALID_REQUEST');
  expectCode(await ask(routes[0]!, [bearer('x'.repeat(100_000))]), 'INVALID_REQUEST');
});

it.each(['access_token', 'token', 'authorization', 'Authorization'])(
  'a token in the query, as %s, opens nothing',
  async (name) => {
    for (const route of closed())
      expectCode(await ask(route, [], `?${name}=Bearer%20${CONTROL_TOKEN}`), 'UNAUTHENTICATED');
  },
);

it.each(Object.keys(GOOD))('%s, the right header opens what its role may do, and no more', async (how) => {
  for (const route of closed()) {
    expectLetIn(route, await ask(route, [['Authorization', GOOD[how]!(CONTROL_TOKEN)]]));
    const asViewer = await ask(route, [['Authorization', GOOD[how]!(VIEWER_TOKEN)]]);
    if (route.access === 'viewer') expectLetIn(route, asViewer);
    else expectCode(asViewer, 'FORBIDDEN');
  }
});

it('who may not call a route cannot use up its limit, whatever they send', async () => {
  const from = '127.9.9.9';
  const stop = { method: 'POST', target: '/control/stop', from, body: '{"neverKnown":1}' };
  const type: Header = ['Content-Type', 'application/json'];
  for (let i = 0; i < RATE_LIMIT.limit + 5; i++) {
    expectCode(await rawRequest(api.url, { ...stop, headers: [type] }), 'UNAUTHENTICATED');
    expectCode(await rawRequest(api.url, { ...stop, headers: [type, bearer(VIEWER_TOKEN)] }), 'FORBIDDEN');
  }
  const answer = await rawRequest(api.url, { ...stop, headers: [type, bearer(CONTROL_TOKEN)] });
  expectCode(answer, 'INVALID_REQUEST');
});

it('no page of another origin is let in, and no header tells one that it would be', async () => {
  const origin: Header[] = [
    ['Origin', 'https://evil.example'],
    ['Access-Control-Request-Method', 'POST'],
    ['Access-Control-Request-Headers', 'authorization'],
  ];
  for (const route of routes) {
    const target = route.path.replace(':name', 'simulator');
    const preflight = await rawRequest(api.url, { method: 'OPTIONS', target, headers: origin });
    expectCode(preflight, 'METHOD_NOT_ALLOWED');
    const answers = [preflight, await ask(route, [bearer(CONTROL_TOKEN), ...origin])];
    for (const { head } of answers) expect(head).not.toMatch(/^access-control-/im);
  }
});

it('whatever host is named, the answer is the same and does not repeat it', async () => {
  for (const host of ['evil.example', 'localhost:1', '[::1]', 'a'.repeat(5_000)]) {
    const answer = await rawRequest(api.url, { target: '/nowhere', headers: [['X-Forwarded-Host', host]] });
    expectCode(answer, 'NOT_FOUND');
    expect(answer.head + answer.text).not.toContain(host);
  }
});

it('nothing of all this was logged, and nothing was an error', () => {
  const text = api.lines.join('');
  for (const secret of [CONTROL_TOKEN, VIEWER_TOKEN, base64(`operator:${CONTROL_TOKEN}`), 'evil.example'])
    expect(text).not.toContain(secret);
  expect(text).not.toMatch(/bearer|cookie|"level":"(?:error|fatal)"/i);
  expect(api.lines.length).toBeGreaterThan(500);
});
