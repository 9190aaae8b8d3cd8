import type { EventEmitter } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Redis, type RedisOptions } from 'ioredis';
import { freePort } from '../../scripts/processes/free-port.mjs';
import { LeaseConnection, type RedisSource } from '../../src/registry/redis/connection';
import { RedisActivityLog } from '../../src/registry/redis/redis-activity-log';
import { StoreUnavailableError } from '../../src/registry/registry.errors';
import { useCleanUp, useRedis } from '../support/hooks';
import { SENTINEL_GROUP, startSentinel } from '../support/redis-sentinel';
import { startTcpProxy } from '../support/tcp-proxy';
import { waitFor } from '../support/wait-for';

describe('the connection of the registry', () => {
  const redis = useRedis();
  let connection: LeaseConnection | undefined;
  afterEach(() => connection?.close());
  useCleanUp();

  const connect = async (source: RedisSource) => {
    connection = new LeaseConnection(source, { commandTimeoutMs: 300 });
    await connection.whenReady(2_000);
    return connection;
  };
  const application = (options = {}) =>
    new Redis({ host: '127.0.0.1', port: redis.current.port, lazyConnect: true, ...options });

  it('is made from a client that has not connected yet, and leaves it so', async () => {
    const client = application();
    const { client: own } = await connect(client);
    expect(await own.call('ping')).toBe('PONG');
    expect(client.status).toBe('wait');
  });

  it('is made from a RedisService, recognised by its form', async () => {
    const { client } = await connect({ getOrThrow: () => application() });
    expect(await client.call('ping')).toBe('PONG');
  });

  it('uses the literal keys in the database of the client, whatever prefix that client has', async () => {
    const { client } = await connect(application({ keyPrefix: 'app:', db: 3 }));
    await client.call('set', 'exchange:1:status', 'x');
    expect(await redis.current.client({ db: 3 }).get('exchange:1:status')).toBe('x');
  });

  it('reads replies in its own form, whatever the application has set for its own', async () => {
    const foreign = { protocol: 3, replyMapping: 'resp3', stringNumbers: true };
    const { client } = await connect(application(foreign));
    await client.call('xadd', 'stream', '1-0', 'event', 'x');
    expect(await client.call('xread', 'STREAMS', 'stream', '0-0')).toEqual([
      ['stream', [['1-0', ['event', 'x']]]],
    ]);
    expect(await client.call('incr', 'number')).toBe(1);
    await client.call('zadd', 'series', '7', 'x');
    expect(await client.call('zrevrange', 'series', '0', '0', 'WITHSCORES')).toEqual(['x', '7']);
  });

  it('asks the next Sentinel when one takes the connection and does not answer', async () => {
    const silent = createServer((socket) => void socket.resume().on('error', () => undefined));
    await new Promise<void>((listening) => void silent.listen(0, '127.0.0.1', listening));
    const sentinel = await startSentinel(redis.current, 1);
    const sentinels = [silent.address() as AddressInfo, sentinel].map(({ port }) => ({
      host: '127.0.0.1',
      port,
    }));
    try {
      const { client } = await connect(
        new Redis({ sentinels, name: SENTINEL_GROUP, lazyConnect: true, ...redis.current.credentials }),
      );
      expect(await client.call('ping')).toBe('PONG');
    } finally {
      silent.close();
    }
  });

  it('fails at once while Redis is away, and comes back by itself', async () => {
    const { client } = await connect(application());
    await redis.current.kill();
    await waitFor(() => client.status !== 'ready');
    await expect(client.call('ping')).rejects.toThrow();
    await redis.current.restart({ keepData: false });
    await waitFor(() => client.status === 'ready');
    expect(await client.call('ping')).toBe('PONG');
  });

  it('stays out of database 0 while its own is refused, and comes back by itself', async () => {
    const admin = redis.current.client();
    const allow = (...rights: string[]) => admin.acl('SETUSER', 'picky', ...rights);
    await allow('on', '>secret', '~*', '+@all');
    const own = await connect(application({ username: 'picky', password: 'secret', db: 1 }));
    const bulk = await own.forBulk();
    const databases = async () => {
      const lines = String(await admin.client('LIST')).match(/^.* user=picky .*$/gm) ?? [];
      return lines.map((line) => / db=(\d+) /.exec(line)?.[1]);
    };
    const errors: string[] = [];
    own.client.on('error', (error: Error) => errors.push(error.message));
    await allow('-select');
    await admin.client('KILL', 'USER', 'picky');
    await waitFor(() => errors.filter((message) => /NOPERM.*select/.test(message)).length > 1);
    await expect(own.client.call('ping')).rejects.toThrow();
    await expect(own.whenReady(600_000)).rejects.toThrow(/NOPERM.*select/);
    await allow('+select');
    await waitFor(() => own.client.status === 'ready' && bulk.status === 'ready');
    expect(await databases()).toEqual(['1', '1']);
    expect(await own.forBulk()).toBe(bulk);
    await own.client.call('set', 'where', 'here');
    expect(await admin.get('where')).toBeNull();
  });

  it('stays out of database 0 although the refusal of its own comes too late', async () => {
    const admin = redis.current.client();
    // Without a password: an AUTH that is too late ends the connection by itself.
    await admin.acl('SETUSER', 'default', '-select');
    const proxy = await startTcpProxy(redis.current.port);
    proxy.hold('replies');
    connection = new LeaseConnection(application({ db: 1, port: proxy.port }), { commandTimeoutMs: 300 });
    const seen: string[] = [];
    connection.client.on('error', (error: Error) => seen.push(error.message));
    connection.client.on('ready', () => seen.push('ready'));
    await waitFor(() => seen.includes('Command timed out'));
    // Whatever is asked after that is answered in time.
    await proxy.pass();
    await waitFor(() => seen.some((what) => what === 'ready' || /NOPERM.*select/.test(what)));
    await admin.acl('SETUSER', 'default', '+select');
    expect(seen).not.toContain('ready');
  });

  it.each([
    ["ERR unknown command 'select'", true],
    ['BUSY Redis is busy running a script.', false],
    ['ERR max number of clients reached', false],
  ])(
    'is told at once that its database is refused, unless that may pass: %s: %s',
    async (message, isFinal) => {
      connection = new LeaseConnection(application({ port: await freePort() }), { commandTimeoutMs: 300 });
      const emitter = connection.client as unknown as EventEmitter;
      const ready = connection.whenReady(600_000).then(
        () => 'ready',
        ({ reason }: StoreUnavailableError) => reason,
      );
      emitter.emit('error', Object.assign(new Error(message), { command: { name: 'select', args: ['1'] } }));
      emitter.emit('error', new Error("Stream isn't writeable and enableOfflineQueue options is false"));
      const waits = new Promise((resolve) => setImmediate(() => resolve('waits')));
      expect(await Promise.race([ready, waits])).toBe(isFinal ? message : 'waits');
    },
  );

  it.each([
    ['self-signed certificate in certificate chain'],
    ['certificate has expired'],
    ["Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the cert's list: "],
    ['WRONGPASS invalid username-password pair or user is disabled.'],
  ])('does not wait until its time is over when no other attempt will do: %s', async (message) => {
    connection = new LeaseConnection(application({ port: await freePort() }), { commandTimeoutMs: 300 });
    const ready = connection.whenReady(600_000);
    (connection.client as unknown as EventEmitter).emit('error', new Error(message));
    await expect(ready).rejects.toThrow(message);
  });

  it('is waited for no longer once it is closed', async () => {
    connection = new LeaseConnection(application({ port: await freePort() }), { commandTimeoutMs: 300 });
    const ready = connection.whenReady(600_000);
    await Promise.all([expect(ready).rejects.toThrow('it was closed'), connection.close()]);
  });

  it('gives a follower as long to connect as itself: only its answers may be late', async () => {
    const own = await connect(application());
    const reader = own.openReader(10_000);
    const { connectTimeout, commandTimeout } = Reflect.get(reader, 'options') as RedisOptions;
    own.closeReader(reader);
    const { connectTimeout: ofItself = 0, commandTimeout: answers = 0 } = Reflect.get(
      own.client,
      'options',
    ) as RedisOptions;
    expect([connectTimeout, commandTimeout]).toEqual([ofItself, answers + 10_000]);
    expect(ofItself).toBeLessThan(10_000);
  });

  it('opens a further connection for each follower, and closes it with the last', async () => {
    const own = await connect(application());
    const log = new RedisActivityLog(own);
    const observer = redis.current.client();
    const blocked = async () => Number(/blocked_clients:(\d+)/.exec(await observer.info('clients'))?.[1]);
    const stop = new AbortController();
    const next = log.follow(1, '$', stop.signal)[Symbol.asyncIterator]().next();
    await waitFor(async () => (await blocked()) === 1);
    stop.abort();
    expect(await next).toMatchObject({ done: true });
    await waitFor(async () => (await blocked()) === 0);
  });

  it('opens one more connection with the first page of a log, and closes it with the rest', async () => {
    const observer = redis.current.client();
    const connections = async () =>
      Number(/connected_clients:(\d+)/.exec(await observer.info('clients'))?.[1]);
    const before = await connections();
    const own = await connect(application());
    const log = new RedisActivityLog(own);
    await log.lastId(1);
    expect(await connections()).toBe(before + 1);
    await Promise.all([1, 2, 3].map((id) => log.page(id, { count: 9, cursor: null })));
    await log.page(1, { count: 9, cursor: null });
    expect(await connections()).toBe(before + 2);
    await own.close();
    await waitFor(async () => (await connections()) === before);
    await expect(log.page(1, { count: 9, cursor: null })).rejects.toMatchObject({ reason: 'it was closed' });
    expect(await connections()).toBe(before);
  });

  it.each([['was read before', true] as const, ['was never read', false] as const])(
    'gives no page while Redis is away, and one again when it is back, to a log that %s',
    async (_, isReadBefore) => {
      const own = await connect(application());
      const log = new RedisActivityLog(own);
      const page = () => log.page(1, { count: 9, cursor: null });
      if (isReadBefore) await page();
      await redis.current.kill();
      await waitFor(() => own.client.status !== 'ready');
      await expect(page()).rejects.toBeInstanceOf(StoreUnavailableError);
      await redis.current.restart({ keepData: false });
      await waitFor(() => own.client.status === 'ready');
      expect(await waitFor(page)).toEqual({ entries: [], nextCursor: null });
    },
  );

  it('ends whoever still follows when it is closed', async () => {
    const own = await connect(application());
    const entries = new RedisActivityLog(own).follow(1, '$', new AbortController().signal);
    const next = entries[Symbol.asyncIterator]().next();
    await own.client.call('ping');
    await own.close();
    expect(await next).toMatchObject({ done: true });
  });
});
