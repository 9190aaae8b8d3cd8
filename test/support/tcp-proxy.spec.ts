import { type RedisOptions, Redis } from 'ioredis';
import { useCleanUp, useRedis } from './hooks';
import { type TcpProxy, startTcpProxy } from './tcp-proxy';
import { waitFor } from './wait-for';

describe('startTcpProxy', () => {
  const redis = useRedis();
  let proxy: TcpProxy;
  let client: Redis;

  const clientOf = (options: RedisOptions = {}) => {
    const made = new Redis(proxy.url, {
      maxRetriesPerRequest: 0,
      retryStrategy: null,
      disconnectTimeout: 50,
      ...options,
    });
    made.on('error', () => {});
    return made;
  };

  beforeEach(async () => {
    proxy = await startTcpProxy(redis.current.port);
    client = clientOf();
    await client.ping();
  });
  afterEach(() => client.disconnect());
  useCleanUp();

  const stored = () => redis.current.client().get('key');

  it('passes both ways, and counts commands, bytes and connections', async () => {
    expect(await client.set('key', 'value')).toBe('OK');
    expect(proxy.commands).toContainEqual(['set', 'key', 'value']);
    expect(proxy.bytes.requests).toBeGreaterThan(0);
    expect(proxy.bytes.replies).toBeGreaterThan(0);
    expect(proxy).toMatchObject({ accepted: 1, connections: 1 });
  });

  it('drops requests: the server never does them', async () => {
    proxy.dropRequests();
    const lost = expect(client.set('key', 'value')).rejects.toThrow(/closed|ECONNRESET/i);
    await waitFor(() => proxy.dropped.requests > 0);
    await proxy.pass();
    await lost;
    expect(await stored()).toBeNull();
  });

  it('drops replies: the server has done it, the client does not know', async () => {
    proxy.dropReplies();
    const lost = expect(client.set('key', 'value')).rejects.toThrow(/closed|ECONNRESET/i);
    await waitFor(() => proxy.dropped.replies > 0);
    expect(await stored()).toBe('value');
    await proxy.pass();
    await lost;
  });

  it('resets a connection that lost bytes once bytes flow again', async () => {
    proxy.dropReplies();
    const lost = expect(client.get('key')).rejects.toThrow();
    await waitFor(() => proxy.dropped.replies > 0);
    await proxy.pass();
    await lost;
    await waitFor(() => proxy.connections === 0);
  });

  it('holds a request and delivers it late', async () => {
    proxy.hold('requests');
    const late = client.set('key', 'late');
    await waitFor(() => proxy.commands.some(([name]) => name === 'set'));
    expect(await stored()).toBeNull();
    proxy.release();
    expect(await late).toBe('OK');
  });

  it('holds a reply while the server has already acted', async () => {
    proxy.hold('replies');
    const late = client.set('key', 'done');
    await waitFor(async () => (await stored()) === 'done');
    proxy.release();
    expect(await late).toBe('OK');
  });

  it('delivers later than it received, in the same order, and at once when it passes again', async () => {
    proxy.delay(60);
    const sentAt = performance.now();
    await client.ping();
    expect(performance.now() - sentAt).toBeGreaterThanOrEqual(100);
    proxy.delay(60_000);
    const replies = Promise.all([client.set('key', '1'), client.set('key', '2'), client.get('key')]);
    await waitFor(() => proxy.commands.some(([name]) => name === 'get'));
    await proxy.pass();
    expect(await replies).toEqual(['OK', 'OK', '2']);
  });

  it('keeps late replies late when only the requests are held from now on', async () => {
    proxy.delay(100, 'replies');
    const sentAt = performance.now();
    const late = client.set('key', 'done');
    await waitFor(async () => (await stored()) === 'done');
    proxy.hold('requests');
    expect(await late).toBe('OK');
    expect(performance.now() - sentAt).toBeGreaterThanOrEqual(95);
  });

  it('refuses new connections, resets open ones, and takes new ones on the same port when it passes again', async () => {
    const { port } = proxy;
    await proxy.refuse();
    const refused = clientOf({ lazyConnect: true });
    await expect(refused.connect()).rejects.toThrow(/closed|ECONNREFUSED/i);
    await expect(client.ping()).rejects.toThrow();
    await proxy.pass();
    expect(proxy.port).toBe(port);
    await refused.connect();
    expect(await refused.ping()).toBe('PONG');
    refused.disconnect();
  });

  it('leaves no socket behind when it resets a connection that is just being ended', async () => {
    proxy.hold('replies');
    const ended = client.quit().catch(() => undefined);
    // Redis has answered and ended its side.
    await waitFor(async () => !String(await redis.current.client().client('LIST')).includes('cmd=ping'));
    proxy.release();
    await new Promise((resolve) => process.nextTick(resolve));
    proxy.reset();
    await ended;
    await waitFor(() => proxy.connections === 0);
  });

  it('resets open connections on demand and goes on accepting', async () => {
    proxy.reset();
    await waitFor(() => client.status === 'end');
    await client.connect();
    expect(await client.ping()).toBe('PONG');
    expect(proxy.accepted).toBe(2);
  });
});
