import { useCleanUp } from '../support/hooks';
import { startRedis, type RedisServer } from '../support/redis-server';
import { waitFor } from '../support/wait-for';
import type { HistoryEvent } from './history';
import { RoleWatch } from './role-watch';

const write = "return redis.call('SET', KEYS[1], '1')";

describe('a look at which server takes the writes', () => {
  let roles: RoleWatch;
  let servers: [RedisServer, RedisServer];
  let promoted: number | null;
  let notes: HistoryEvent[];
  let changes: string[];

  beforeEach(async () => {
    servers = [await startRedis(), await startRedis()];
    promoted = null;
    notes = [];
    changes = [];
    roles = new RoleWatch(
      servers,
      (event) => notes.push(event),
      (change) => changes.push(change),
      async () => promoted,
    );
  });
  afterEach(() => roles.stop());
  useCleanUp();

  /** A look that has begun after what was done before, and is over. One may have been under way by then. */
  async function looked(): Promise<void> {
    const { looks } = roles;
    await waitFor(() => roles.looks >= looks + 2, { describe: 'a look from now on' });
  }

  it('follows the clients to another primary only if that was promoted: nobody may get through to the real one', async () => {
    const [first, second] = servers;
    await second.client().ping();
    promoted = first.port;
    roles.start();
    await looked();
    expect(roles).toMatchObject({ moves: 0, primary: { server: first } });
    promoted = second.port;
    await waitFor(() => roles.moves === 1);
    expect(roles.primary.server).toBe(second);
    expect(changes).toContain('moved');
  });

  it('counts nothing that is written to a server that is back and the only primary', async () => {
    const [first, second] = servers;
    await first.kill();
    await roles.bringBack(first);
    await roles.clientOf(second).replicaof('127.0.0.1', first.port);
    roles.start();
    await looked();
    await first.client().eval(write, 1, 'key');
    await roles.clientOf(second).replicaof('NO', 'ONE');
    await roles.clientOf(first).replicaof('127.0.0.1', second.port);
    await looked();
    expect(notes.filter(({ what }) => what === 'split')).toEqual([]);
  });

  it.each([
    { did: 'was only asked', script: 'return 1', needsReplica: '0', spans: 0 },
    { did: 'has refused to write', script: write, needsReplica: '1', spans: 0 },
    { did: 'has written', script: write, needsReplica: '0', spans: 1 },
  ])('counts $spans spans of a server that is back and $did', async ({ script, needsReplica, spans }) => {
    const [first, second] = servers;
    await first.kill();
    await roles.bringBack(first);
    roles.start();
    const client = first.client();
    await client.config('SET', 'min-replicas-to-write', needsReplica);
    await client.eval(script, 1, 'key').catch(() => undefined);
    await roles.clientOf(first).replicaof('127.0.0.1', second.port);
    await looked();
    expect(notes.filter(({ what }) => what === 'split')).toHaveLength(spans);
  });
});
