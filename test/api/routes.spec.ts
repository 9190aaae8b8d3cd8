/** Who may call what: every route there is, with every kind of caller. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES } from '../../src/errors';
import { RATE_LIMIT } from '../../src/http/http.module';
import { RouteTable } from '../../src/http/route-table';
import { startApiApp, type ApiApp } from './api-app';
import { CONTROL_TOKEN, VIEWER_TOKEN } from './http-app';

/** The surface as promised. A route that is missing here, or only here, fails. */
const SURFACE = {
  'POST /control/start': 'operator',
  'POST /control/stop': 'operator',
  'POST /control/pause': 'operator',
  'POST /control/resume': 'operator',
  'GET /control/status': 'viewer',
  'GET /network/exchanges': 'viewer',
  'GET /network/exchanges/:name': 'viewer',
  'GET /network/exchanges/:name/activity': 'viewer',
  'POST /network/exchanges/:name/commands': 'operator',
  'POST /network/exchanges/:name/revoke': 'operator',
  'GET /network/events': 'viewer',
  'GET /health/live': 'open',
  'GET /health/ready': 'open',
  'GET /health': 'open',
} as const;

type Line = keyof typeof SURFACE;
const LINES = Object.keys(SURFACE) as Line[];
const CALLERS = {
  nobody: null,
  stranger: 'a-token-of-nobody-at-all',
  viewer: VIEWER_TOKEN,
  operator: CONTROL_TOKEN,
};
type Caller = keyof typeof CALLERS;

/** Of a router of Express: a route, or what every request runs through. */
interface Layer {
  readonly name: string;
  readonly slash: boolean;
  readonly handle: { readonly name: string; readonly stack?: unknown };
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
}

/** What every request runs through besides the routes, by name: log, headers and body before them; who answers what is none after them. */
const MIDDLEWARE = ['', 'result', 'helmetMiddleware', 'neverStored', 'onlyJson', 'jsonParser', '', ''];

let api: ApiApp;
beforeAll(async () => {
  api = await startApiApp();
});
afterAll(() => api.close());

/** The code of the refusal, `null` where the caller is let through. */
function refusal(access: (typeof SURFACE)[Line], caller: Caller): 'UNAUTHENTICATED' | 'FORBIDDEN' | null {
  if (access === 'open') return null;
  if (caller === 'nobody' || caller === 'stranger') return 'UNAUTHENTICATED';
  return access === 'operator' && caller === 'viewer' ? 'FORBIDDEN' : null;
}

describe('the routes', () => {
  it('are those of the surface, as the controllers declare them', () => {
    const declared = api.app
      .get(RouteTable)
      .routes.map(({ method, path, access }) => [`${method} ${path}`, access] as const);
    expect(Object.fromEntries(declared)).toEqual(SURFACE);
    expect(declared).toHaveLength(LINES.length);
  });

  it('are those of the surface, as the server has them', () => {
    const { router } = api.app.getHttpAdapter().getInstance() as unknown as { router: { stack: Layer[] } };
    const isRoute = ({ route }: Layer) => route !== undefined;
    const served = router.stack.flatMap(({ route }) =>
      Object.keys(route?.methods ?? {}).map((method) => `${method.toUpperCase()} ${route?.path}`),
    );
    expect(served.sort()).toEqual([...LINES].sort());
    // Anything else could serve a path that the table does not know: a router of its own, or a handler for one path.
    const others = router.stack.filter((layer) => !isRoute(layer));
    expect(others.map(({ handle }) => handle.name)).toEqual(MIDDLEWARE);
    expect(others.filter(({ handle, slash }) => handle.stack !== undefined || !slash)).toEqual([]);
  });

  it('are those of docs/routes.md', () => {
    const page = readFileSync(join(__dirname, '../../docs/routes.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `(?<line>(?:GET|POST) [^`]+)`\s*\|\s*(?<access>\w+)\s*\|/gm)];
    expect(Object.fromEntries(rows.map(({ groups }) => [groups!.line, groups!.access]))).toEqual(SURFACE);
  });

  const matrix = LINES.flatMap((line) =>
    (Object.keys(CALLERS) as Caller[]).map((caller) => ({
      line,
      caller,
      code: refusal(SURFACE[line], caller),
    })),
  );

  it.each(matrix)('$line answers $caller with $code', async ({ line, caller, code }) => {
    const [method, path] = line.split(' ') as [string, string];
    // A body that no route takes: whoever is let through is told so, and nothing happens.
    const body = method === 'POST' ? { neverKnown: true } : undefined;
    const answer = await head(method, path.replace(':name', 'simulator'), CALLERS[caller], body);
    if (code !== null) expect(answer).toMatchObject({ code });
    else expect(answer).toMatchObject(method === 'POST' ? { status: 400 } : { status: 200, code: null });
  });

  it.each(matrix.filter(({ line }) => line.startsWith('GET')))(
    'HEAD instead, $line answers $caller alike',
    async ({ line, caller, code }) => {
      const { status } = await head(
        'HEAD',
        line.replace('GET ', '').replace(':name', 'simulator'),
        CALLERS[caller],
      );
      expect(status).toBe(code === null ? 200 : ERROR_CODES[code]);
    },
  );
});

describe('every route that changes something', () => {
  it.each(LINES.filter((line) => line.startsWith('POST')))('%s is limited in its rate', async (line) => {
    const path = line.replace('POST ', '').replace(':name', 'simulator');
    for (let i = 0; i <= RATE_LIMIT.limit; i++) {
      const { status, code } = await head('POST', path, CONTROL_TOKEN, { neverKnown: true });
      if (status === 429) return expect(code).toBe('RATE_LIMITED');
    }
    throw new Error(`${RATE_LIMIT.limit + 1} requests were let through`);
  });
});

/** Status and code, without reading a stream to its end. */
async function head(method: string, path: string, token: string | null, body?: unknown) {
  const abort = new AbortController();
  const response = await fetch(`${api.url}${path}`, {
    method,
    signal: abort.signal,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') === true;
  // The answer to HEAD says what a body would be, and has none.
  const code = isProblem && method !== 'HEAD' ? ((await response.json()) as { code: string }).code : null;
  abort.abort();
  return { status: response.status, code };
}
