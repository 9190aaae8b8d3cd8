/** Redis behind TLS with a certificate authority of one's own. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../scripts/processes/free-port.mjs';
import { startApi, type ApiOptions } from '../support/api-process';
import { useCleanUp } from '../support/hooks';
import { SENTINEL_GROUP, startSentinel } from '../support/redis-sentinel';
import { startRedis, type RedisServer } from '../support/redis-server';
import { waitFor } from '../support/wait-for';

let folder: string;
let redis: RedisServer;
let tlsPort: number;

/** One line of arguments. */
const openssl = (line: string) => promisify(execFile)('openssl', line.split(' '), { cwd: folder });

/** Makes `<name>.crt` and `<name>.key`, signed by itself unless told otherwise. */
const makeCertificate = (name: string, more = '') =>
  openssl(
    `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=${name} -keyout ${name}.key -out ${name}.crt${more}`,
  );

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tls-'));
  await Promise.all([makeCertificate('own'), makeCertificate('foreign')]);
  const signed = '-CA own.crt -CAkey own.key -addext basicConstraints=critical,CA:FALSE';
  await makeCertificate('redis', ` ${signed} -addext subjectAltName=IP:127.0.0.1`);
  await makeCertificate('elsewhere', ` ${signed} -addext subjectAltName=DNS:redis.elsewhere,IP:192.0.2.1`);
  // Nothing makes one that has expired in one step.
  await openssl('req -new -newkey rsa:2048 -nodes -subj /CN=expired -keyout expired.key -out expired.csr');
  await writeFile(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1');
  await openssl(
    'x509 -req -in expired.csr -CA own.crt -CAkey own.key -CAcreateserial -days -1 -extfile names -out expired.crt',
  );
  tlsPort = await freePort();
  redis = await startRedis({ args: listenWithTls(tlsPort) });
});
afterAll(async () => {
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
});
useCleanUp();

function listenWithTls(port: number): string[] {
  const files = { cert: 'redis.crt', key: 'redis.key', 'ca-cert': 'own.crt' };
  return [
    '--tls-port',
    String(port),
    '--tls-auth-clients',
    'no',
    ...Object.entries(files).flatMap(([what, name]) => [`--tls-${what}-file`, join(folder, name)]),
  ];
}

/** The address it has for the API, on its other port. */
const secureUrl = () => redis.url.replace('redis:', 'rediss:').replace(`:${redis.port}`, `:${tlsPort}`);

const envWith = (
  authority?: string,
  where: Record<string, string | undefined> = { REDIS_URL: secureUrl() },
) => ({
  ...where,
  EMPTY_REDIS_GRACE: 'off',
  ...(authority === undefined ? {} : { NODE_EXTRA_CA_CERTS: join(folder, `${authority}.crt`) }),
});

it('an instance owns an exchange over TLS when it is told the authority', async () => {
  const api = await startApi({ env: envWith('own'), args: ['--autostart', 'simulator'] });
  await api.waitForState('active');
  expect(await redis.client().exists('exchange:2:status')).toBe(1);
  api.kill();
  expect(await api.exited).toEqual({ code: 0, signal: null });
});

it('an instance owns an exchange over TLS that it was led to by a Sentinel on TLS', async () => {
  const file = (name: string) => join(folder, name);
  const tls = { cert: file('redis.crt'), key: file('redis.key'), authority: file('own.crt') };
  // The port it leads to speaks TLS only.
  const sentinel = await startSentinel({ port: tlsPort }, 1, { tls });
  const where = {
    REDIS_SENTINELS: `127.0.0.1:${sentinel.port}`,
    REDIS_SENTINEL_NAME: SENTINEL_GROUP,
    REDIS_SENTINEL_TLS: 'on',
    REDIS_TLS: 'on',
    ...redis.credentialsEnv,
  };
  const api = await startApi({ env: envWith('own', where), args: ['--autostart', 'simulator'] });
  await api.waitForState('active');
  expect(await redis.client().exists('exchange:2:status')).toBe(1);
  api.kill();
  expect(await api.exited).toEqual({ code: 0, signal: null });
});

it('an instance owns an exchange on a Cluster over TLS', async () => {
  const port = await freePort();
  const cluster = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', '--tls-cluster', 'yes'];
  const node = await startRedis({ args: [...listenWithTls(port), ...cluster] });
  await node.allow('+cluster|slots', '+cluster|info', '+wait');
  const client = node.client();
  await client.cluster('ADDSLOTSRANGE', 0, 16_383);
  await waitFor(async () => /cluster_state:ok/.test(await client.cluster('INFO')));
  const where = { REDIS_CLUSTER_NODES: `127.0.0.1:${port}`, REDIS_TLS: 'on', ...node.credentialsEnv };
  const api = await startApi({ env: envWith('own', where), args: ['--autostart', 'simulator'] });
  await api.waitForState('active');
  expect(await client.exists('exchange:2:status')).toBe(1);
  api.kill();
  expect(await api.exited).toEqual({ code: 0, signal: null });
});

/** The certificates Redis may have, all of the same authority, and what the API says of it. */
const UNFIT = {
  expired: /certificate of Redis is not valid now: certificate has expired.*Renew it/,
  elsewhere:
    /certificate of Redis is for another name: .*altnames.*Name Redis in REDIS_URL as its certificate does/,
};

it.each(Object.entries(UNFIT))('%s, its certificate is refused by name, with 69', async (name, says) => {
  const client = redis.client();
  await client.config(
    'SET',
    'tls-cert-file',
    join(folder, `${name}.crt`),
    'tls-key-file',
    join(folder, `${name}.key`),
  );
  try {
    await expectRefusal(envWith('own'), says);
  } finally {
    const own = [
      'tls-cert-file',
      join(folder, 'redis.crt'),
      'tls-key-file',
      join(folder, 'redis.key'),
    ] as const;
    await client.config('SET', ...own);
  }
});

it.each([['foreign'], [undefined]])('with %s authority it is not trusted, with 69', async (authority) => {
  await expectRefusal(envWith(authority), /certificate of Redis is not trusted.*NODE_EXTRA_CA_CERTS/);
});

async function expectRefusal(env: ApiOptions['env'], says: RegExp): Promise<void> {
  const api = await startApi({ env, until: 'spawned' });
  expect({ ...(await api.exited), text: api.output.text }).toEqual({
    code: 69,
    signal: null,
    text: expect.stringMatching(says),
  });
}
