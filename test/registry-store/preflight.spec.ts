import type { RedisOptions } from 'ioredis';
import { LeaseConnection } from '../../src/registry/redis/connection';
import { preflight } from '../../src/registry/redis/preflight';
import { useCleanUp } from '../support/hooks';
import { startRedis, type RedisServer } from '../support/redis-server';

describe('preflight', () => {
  let connection: LeaseConnection | undefined;
  afterEach(() => connection?.close());
  useCleanUp();

  const examine = (redis: RedisServer, options: RedisOptions = {}, timeoutMs = 2_000) => {
    connection = new LeaseConnection(redis.application(options), { commandTimeoutMs: 500 });
    return preflight(connection, { timeoutMs, safetyMarginMs: 5_000 });
  };

  it('finds nothing to say about a Redis that fits', async () => {
    expect(await examine(await startRedis())).toEqual({ problems: [], warnings: [] });
  });

  it.each([
    [2, 'Command timed out', []],
    [
      3,
      'Command timed out',
      [
        expect.stringMatching(
          /^Redis gave no answer in time to INFO: Command timed out\. Check that it is up/,
        ),
      ],
    ],
    [2, 'Connection is closed.', []],
    [3, 'Connection is closed.', [expect.stringMatching(/^Redis does not run INFO: Connection is closed\./)]],
    [1, 'ERR unknown command', [expect.stringMatching(/^Redis does not run INFO: ERR unknown command/)]],
  ])(
    'asks again what is answered late, or not on a broken connection: %i times "%s"',
    async (times, message, problems) => {
      const redis = await startRedis();
      connection = new LeaseConnection(redis.application(), { commandTimeoutMs: 500 });
      await connection.whenReady(2_000);
      const call = jest.spyOn(connection.client, 'call');
      for (let left = times; left > 0; left -= 1) call.mockRejectedValueOnce(new Error(message));
      expect(await preflight(connection, { timeoutMs: 2_000, safetyMarginMs: 5_000 })).toEqual({
        problems,
        warnings: [],
      });
    },
  );

  it('says that nothing answers', async () => {
    const redis = await startRedis();
    await redis.kill();
    const { problems } = await examine(redis, {}, 300);
    expect(problems).toEqual([expect.stringMatching(/^Redis is not reachable: .*ECONNREFUSED/)]);
  });

  it.each([
    { what: 'no password', options: { password: undefined }, says: /demands a password/ },
    {
      what: 'a wrong password',
      options: { password: 'wrong-one' },
      says: /refuses the user name or the password/,
    },
  ])('says that $what will not do, without quoting it', async ({ options, says }) => {
    const redis = await startRedis({ password: 'right-one' });
    const { problems } = await examine(redis, options);
    expect(problems).toEqual([expect.stringMatching(says)]);
    expect(problems.join()).not.toMatch(/(?:right|wrong)-one/);
  });

  it('refuses a Redis that evicts keys, and warns of one that would with a limit', async () => {
    const limited = await startRedis({ args: ['--maxmemory', '10mb', '--maxmemory-policy', 'allkeys-lru'] });
    expect((await examine(limited)).problems).toEqual([
      expect.stringMatching(/may evict claims.*allkeys-lru/),
    ]);
    await connection?.close();
    const unlimited = await startRedis({ args: ['--maxmemory-policy', 'volatile-ttl'] });
    expect(await examine(unlimited)).toMatchObject({
      problems: [],
      warnings: [expect.stringMatching(/volatile-ttl/)],
    });
  });

  it('refuses a replica', async () => {
    const primary = await startRedis();
    const replica = await startRedis({ args: ['--replicaof', `127.0.0.1 ${primary.port}`] });
    expect((await examine(replica)).problems).toContainEqual(expect.stringMatching(/is a replica/));
  });

  it.each([
    { setting: [], says: [/accepts writes without them/] },
    { setting: ['--min-replicas-to-write', '1', '--min-replicas-max-lag', '10'], says: [/max-lag is 10 s/] },
    { setting: ['--min-replicas-to-write', '1', '--min-replicas-max-lag', '4'], says: [] },
  ])('looks at replication set as "$setting"', async ({ setting, says }) => {
    const primary = await startRedis({ args: [...setting, '--repl-diskless-sync-delay', '0'] });
    await startRedis({ args: ['--replicaof', `127.0.0.1 ${primary.port}`] });
    await untilReplicated(primary);
    await primary.allow('+config|get');
    const { warnings } = await examine(primary);
    expect(warnings).toEqual(says.map((pattern) => expect.stringMatching(pattern)));
  });

  it('says what a restricted user lacks', async () => {
    const redis = await startRedis();
    await redis.client().acl('SETUSER', 'poor', 'on', '>secret', '~*', '+@all', '-info', '-config');
    const { problems } = await examine(redis, { username: 'poor', password: 'secret' });
    expect(problems).toEqual([expect.stringMatching(/user poor lacks rights.*may not run INFO/)]);
    await redis.client().acl('SETUSER', 'poor', '+info', 'resetkeys', '~other:*');
    await connection?.close();
    const second = await examine(redis, { username: 'poor', password: 'secret' });
    expect(second.problems).toEqual([
      expect.stringMatching(/user poor lacks rights.*may not use keys like exchange:\*:status/),
    ]);
  });
});

async function untilReplicated(primary: RedisServer): Promise<void> {
  const client = primary.client();
  while ((await client.wait(1, 100)) < 1) await client.ping();
}
