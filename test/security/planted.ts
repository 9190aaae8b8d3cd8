/** The secrets that are planted, the search for them, and an instance that is driven with them. */
import type { ApiProcess } from '../support/api-process';
import { rawRequest, type Header } from './raw-http';

/** The passwords hold characters that every way of writing them spells differently. */
export const CANARY = {
  operator: 'canary-operator-token/+0123456789',
  viewer: 'canary-viewer-token/+0123456789',
  redisPassword: 'canary redis "p@ss:wörd/\\',
  newPassword: 'canary-new-password',
  sentinelPassword: 'canary sentinel "p@ss/\\',
  nodePassword: 'canary node "p@ss/\\',
  wrongToken: 'canary-wrong-token/+0123456789',
  header: 'canary-of-a-header',
  body: 'canary-of-a-body',
  exchangeKey: 'canary-key-at-an-exchange',
  exchangePassword: 'canary:hunter2"at@an/exchange',
} as const;
/** No secret, but nobody's business outside the line of pre-flight that says whose rights are missing. */
export const REDIS_USER = 'canary-redis-user';

/** Each in every spelling in which it may turn up. */
const SPELLINGS = Object.entries({ ...CANARY, user: REDIS_USER }).flatMap(([name, secret]) =>
  [
    secret,
    encodeURIComponent(secret),
    encodeURI(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64').slice(0, -4),
    Buffer.from(secret).toString('hex'),
  ].map((spelling) => [name, spelling] as const),
);

/** Names of the canaries in a text. */
export function canariesIn(text: string): string[] {
  const found = SPELLINGS.filter(([, spelling]) => text.includes(spelling)).map(([name]) => name);
  return [...new Set(found)];
}

/** One instance that is driven, and all that it has answered. */
export class Driven {
  readonly answers: string[] = [];

  constructor(readonly api: ApiProcess) {}

  /** With canaries in a header, and in every place where a careless client may put one. */
  async call(method: string, path: string, token: string | null, body?: string): Promise<number> {
    const headers: Header[] = [
      ...(token === null ? [] : [['Authorization', `Bearer ${token}`] as const]),
      ['Cookie', `session=${CANARY.header}`],
      ['X-Api-Key', CANARY.header],
      ['User-Agent', CANARY.header],
      ['Referer', `http://x/?token=${CANARY.operator}`],
      ...(body === undefined ? [] : [['Content-Type', 'application/json'] as const]),
    ];
    const target = `${path}${path.includes('?') ? '&' : '?'}token=${encodeURIComponent(CANARY.operator)}`;
    const answer = await rawRequest(this.api.url, { method, target, headers, body });
    this.answers.push(answer.head, answer.text);
    return answer.status;
  }

  /** Every reading, as everybody. */
  async readAll(): Promise<void> {
    const exchange = '/network/exchanges/simulator';
    const paths = ['/control/status', '/network/exchanges', exchange, `${exchange}/activity`];
    for (const token of [CANARY.operator, CANARY.viewer, CANARY.wrongToken, null])
      for (const path of [...paths, '/health', '/health/ready', '/nowhere', '/network/events'])
        await this.call('GET', path, token);
  }

  /** Bodies that are refused, with a canary in each. */
  async refusedBodies(): Promise<void> {
    for (const path of ['/control/start', '/control/stop', '/network/exchanges/simulator/revoke'])
      for (const body of [
        `{"reason":["${CANARY.body}"]}`,
        `{"x":"${CANARY.body}"}`,
        `{"reason":"${CANARY.body}`,
        CANARY.body,
      ])
        expect(await this.call('POST', path, CANARY.operator, body)).toBe(400);
  }

  post(path: string, body: object = {}, token: string = CANARY.operator): Promise<number> {
    return this.call('POST', path, token, JSON.stringify(body));
  }
}
