/** Redis behind TLS with a certificate authority of one's own. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../scripts/processes/free-port.mjs';
import { startApi } from '../support/api-process';
import { useCleanUp } from '../support/hooks';
import { startRedis, type RedisServer } from '../support/redis-server';

let folder: string;
let redis: RedisServer;
let url: string;

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
  const port = await freePort();
  const files = { cert: 'redis.crt', key: 'redis.key', 'ca-cert': 'own.crt' };
  redis = await startRedis({
    args: [
      '--tls-port',
      String(port),
      '--tls-auth-clients',
      'no',
      ...Object.entries(files).flatMap(([what, name]) => [`--tls-${what}-file`, join(folder, name)]),
    ],
  });
  url = `rediss://127.0.0.1:${port}`;
});
afterAll(async () => {
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
});
useCleanUp();

const envWith = (authority?: string) => ({
  REDIS_URL: url,
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

it.each([['foreign'], [undefined]])(
  'with %s authority it says what is wrong and ends with 69',
  async (authority) => {
    const api = await startApi({ env: envWith(authority), until: 'spawned' });
    expect(await api.exited).toEqual({ code: 69, signal: null });
    expect(api.output.text).toMatch(/certificate of Redis is not trusted.*NODE_EXTRA_CA_CERTS/);
  },
);
