/** A Redis that does not fit: code 69, one line that says what to change, no password, and nothing claimed. */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { version } from 'ioredis/package.json';
import { startApi, type ApiOptions } from '../support/api-process';
import { useCleanUp } from '../support/hooks';
import { startHttpStub } from '../support/live-exchange';
import { forgetResource, trackResource, type LiveResource } from '../support/live-resources';
import { startRedis } from '../support/redis-server';
import { RespCommandReader } from '../support/resp-commands';

useCleanUp();

const AUTOSTART = ['--autostart', 'simulator'];

/** Runs a process that must find this Redis unfit. Resolves to what its one fatal line says. */
async function refusal(REDIS_URL: string, options: ApiOptions = {}): Promise<string> {
  const env = { REDIS_URL, LEASE_TTL_MS: '3000', HEARTBEAT_INTERVAL_MS: '900', ...options.env };
  const api = await startApi({ args: AUTOSTART, env, until: 'spawned' });
  expect(await api.exited).toEqual({ code: 69, signal: null });
  const fatal = api.logs.filter(({ level }) => level === 'fatal');
  expect(fatal).toHaveLength(1);
  expect(String(fatal[0]!.msg)).toMatch(/^cannot start: /);
  expect(api.output.text).not.toMatch(/s3cret/);
  expect(api.output.lines).toHaveLength(api.logs.length);
  expect(api.output.findLog({ msg: /exchange claimed|listening/ })).toBeUndefined();
  return String(fatal[0]!.msg);
}

/** A server that speaks RESP and answers every command as told, an old Redis for instance. */
async function startRespStub(answer: (command: string[]) => string): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const reader = new RespCommandReader();
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => reader.push(chunk).forEach((command) => socket.write(answer(command))));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const resource: LiveResource = {
    name: 'RESP stub',
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
      forgetResource(resource);
    },
  };
  trackResource(resource);
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const OLD_INFO = `redis_version:5.0.14
run_id:${'a'.repeat(40)}
uptime_in_seconds:9
loading:0
role:master
connected_slaves:0
maxmemory:0
maxmemory_policy:noeviction`;

it('that is too old', async () => {
  const url = await startRespStub(([name]) =>
    name === 'info' ? `$${OLD_INFO.length}\r\n${OLD_INFO}\r\n` : '-ERR unknown command\r\n',
  );
  // From ioredis 6 on the client asks for a protocol first that such a Redis does not know: its version is then not learned.
  const named = version.startsWith('5.') ? 'Redis 5.0.14' : 'Redis';
  expect(await refusal(url)).toContain(`${named} is too old: use 6.2 or newer.`);
});

it.each([
  ['no password', (port: number) => `redis://127.0.0.1:${port}`, /demands a password: put it into REDIS_URL/],
  [
    'a wrong password',
    (port: number) => `redis://:wrong-s3cret@127.0.0.1:${port}`,
    /refuses the user name or the password of REDIS_URL/,
  ],
  [
    'a user it does not know',
    (port: number) => `redis://somebody:right-s3cret@127.0.0.1:${port}`,
    /refuses the user name or the password of REDIS_URL/,
  ],
])('that demands a password and is given %s', async (_what, urlOf, expected) => {
  const redis = await startRedis({ password: 'right-s3cret' });
  expect(await refusal(urlOf(redis.port))).toMatch(expected);
});

it('that is a replica', async () => {
  const primary = await startRedis();
  const replica = await startRedis({ args: ['--replicaof', `127.0.0.1 ${primary.port}`] });
  expect(await refusal(replica.url)).toMatch(
    /is a replica and refuses writes: point REDIS_URL at the primary/,
  );
});

it('that evicts keys', async () => {
  const redis = await startRedis({ args: ['--maxmemory', '10mb', '--maxmemory-policy', 'allkeys-lru'] });
  expect(await refusal(redis.url)).toMatch(/may evict claims: maxmemory-policy is allkeys-lru.*noeviction/);
});

it('that has no such database', async () => {
  const redis = await startRedis();
  await redis.allow('+select');
  expect(await refusal(`${redis.url}/4711`)).toMatch(
    /does not have the database that REDIS_URL names: .*DB index is out of range/,
  );
});

it('that does not answer: frozen, absent, or something else', async () => {
  const frozen = await startRedis();
  const absent = await startRedis();
  const web = await startHttpStub((_request, response) => response.end('hello'));
  await absent.stop();
  frozen.pause();
  try {
    const urls = [frozen.url, absent.url, web.replace('http:', 'redis:')];
    const [ofFrozen, ofAbsent, ofWeb] = await Promise.all(urls.map((url) => refusal(url)));
    expect(ofFrozen).toMatch(/is not reachable: .*Check REDIS_URL/);
    expect(ofAbsent).toMatch(/is not reachable: .*ECONNREFUSED.*Check REDIS_URL/);
    expect(ofWeb).toMatch(/is not reachable/);
  } finally {
    frozen.resume();
  }
});
