import { Cluster } from 'ioredis';
import { LeaseConnection } from '../../src/registry/redis/connection';
import { preflight } from '../../src/registry/redis/preflight';
import { RedisLeaseStore } from '../../src/registry/redis/redis-lease-store';
import { keys } from '../../src/registry/redis/keys';
import type { ReadOutcome } from '../../src/registry/lease-store';
import { useCleanUp } from '../support/hooks';
import { startRedis, type RedisServer } from '../support/redis-server';
import { waitFor } from '../support/wait-for';
import { claimContract } from './contract/claim.contract';
import { graceContract } from './contract/grace.contract';
import { redisWorld, type RedisWorld } from './contract/redis-world';
import { renewContract } from './contract/renew.contract';
import { claimed, event } from './contract/requests';
import { revokeAndFenceContract } from './contract/revoke-fence.contract';
import { revocationContract } from './contract/revocation.contract';
import { samenessContract } from './contract/sameness.contract';
import { seriesContract } from './contract/series.contract';
import { streamsContract } from './contract/streams.contract';
import { writeAndReleaseContract } from './contract/write-release.contract';

describe('the keys of an exchange', () => {
  it('are named as the contract says', () => {
    const { status, fence, data, legacyStatus } = keys;
    expect([status(1), legacyStatus(1)]).toEqual(['exchange:1:status', 'exchange:status:1']);
    expect(fence(1)).toBe('{exchange:1:status}:fence');
    expect(data(1, 'candles:BTC-USD:1m')).toBe('{exchange:1:status}:candles:BTC-USD:1m');
  });

  it.each(['fence', 'activity', 'commands', 'journal:x'])('leave no room for data called %s', (name) => {
    expect(() => keys.data(1, name)).toThrow(RangeError);
  });
});

describe('on three primaries', () => {
  const nodes: RedisServer[] = [];
  let application: Cluster;
  beforeAll(async () => {
    const args = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'];
    nodes.push(...(await Promise.all([0, 1, 2].map(() => startRedis({ args })))));
    const clients = nodes.map((node) => node.client());
    for (const [at, client] of clients.entries()) {
      const first = at * 5_461;
      await client.cluster('ADDSLOTSRANGE', first, at === 2 ? 16_383 : first + 5_460);
      for (const { port } of nodes) await client.cluster('MEET', '127.0.0.1', port);
    }
    const isWhole = (info: string) => /cluster_state:ok/.test(info) && /cluster_size:3/.test(info);
    await waitFor(async () =>
      (await Promise.all(clients.map(async (client) => client.cluster('INFO')))).every(isWhole),
    );
    for (const client of clients) client.disconnect();
    for (const node of nodes) await node.allow('+cluster|slots', '+cluster|info', '+wait');
    const [first] = nodes;
    application = new Cluster([{ host: '127.0.0.1', port: first?.port ?? 0 }], {
      lazyConnect: true,
      redisOptions: first?.credentials,
    });
  });
  afterAll(() => Promise.all(nodes.map((node) => node.stop())));
  useCleanUp();

  it('is found fit at every start', async () => {
    const problems: string[] = [];
    for (let round = 0; round < 25; round += 1) {
      const connection = new LeaseConnection(application, { commandTimeoutMs: 2_000 });
      const report = await preflight(connection, { timeoutMs: 5_000, safetyMarginMs: 5_000 });
      problems.push(...report.problems);
      await connection.close();
    }
    expect(problems).toEqual([]);
  });

  it('is connected to as a whole again after the connection was lost, before anything is asked', async () => {
    const connection = new LeaseConnection(application, { commandTimeoutMs: 2_000 });
    await connection.whenReady(5_000);
    const own = connection.client as unknown as Cluster;
    const again = new Promise((resolve) => own.once('ready', resolve));
    own.disconnect(true);
    await again;
    const states = () => own.nodes('master').map(({ status }) => status);
    await waitFor(() => states().join() === 'ready,ready,ready', { describe: () => states().join() });
    await connection.close();
  });

  it('takes whatever is asked at once, of any exchange, as soon as it is connected', async () => {
    const ids = Array.from({ length: 12 }, (_, at) => at + 1);
    const outcomes: ReadOutcome[] = [];
    for (let round = 0; round < 25; round += 1) {
      const connection = new LeaseConnection(application, { commandTimeoutMs: 2_000 });
      await connection.whenReady(5_000);
      const store = new RedisLeaseStore(connection.client);
      outcomes.push(...(await Promise.all([...ids, ...ids].map((id) => store.read([id])))).flat());
      await connection.close();
    }
    expect(outcomes.filter(({ outcome }) => outcome !== 'read')).toEqual([]);
    expect(outcomes).toHaveLength(25 * 24);
  });
});

describe('the adapters on Redis Cluster', () => {
  let redis: RedisServer;
  let cluster: Cluster;
  let world: RedisWorld;
  beforeAll(async () => {
    redis = await startRedis({ args: ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'] });
    const node = redis.client();
    await node.cluster('ADDSLOTSRANGE', 0, 16_383);
    await waitFor(async () => /cluster_state:ok/.test(await node.cluster('INFO')));
    node.disconnect();
    await redis.allow('+cluster|slots', '+cluster|info', '+wait');
  });
  afterAll(() => redis.stop());
  afterEach(async () => {
    await world.connection.close();
    cluster.disconnect();
  });
  useCleanUp();
  beforeEach(async () => {
    cluster = new Cluster([{ host: '127.0.0.1', port: redis.port }], {
      redisOptions: { disconnectTimeout: 50 },
    });
    cluster.on('error', () => {});
    const node = redis.client();
    await node.flushall();
    const application = new Cluster([{ host: '127.0.0.1', port: redis.port }], {
      lazyConnect: true,
      redisOptions: redis.credentials,
    });
    world = await redisWorld(cluster, application);
  });

  claimContract(() => world);
  graceContract(() => world);
  renewContract(() => world);
  writeAndReleaseContract(() => world);
  revokeAndFenceContract(() => world);
  streamsContract(() => world);
  samenessContract(() => world);
  revocationContract(() => world);
  seriesContract(() => world);

  it('keep all keys of an exchange in the slot of the literal status key', async () => {
    const { status, fence, activity, commands, journal, data } = keys;
    const all = [fence(1), activity(1), commands(1), journal(1, 'a'), data(1, 'candles:BTC-USD:1m')];
    const slot = (key: string) => cluster.cluster('KEYSLOT', key);
    expect(await Promise.all(all.map(slot))).toEqual(await Promise.all(all.map(() => slot(status(1)))));
  });

  it('are connected at the first attempt, every time', async () => {
    const application = new Cluster([{ host: '127.0.0.1', port: redis.port }], {
      lazyConnect: true,
      redisOptions: redis.credentials,
    });
    let attempts = 0;
    for (let round = 0; round < 100; round += 1) {
      const connection = new LeaseConnection(application, { commandTimeoutMs: 2_000 });
      connection.client.on('connecting', () => (attempts += 1));
      await connection.whenReady(5_000);
      await connection.client.call('get', keys.status(1));
      await connection.close();
    }
    expect(attempts).toBe(100);
  });

  it('go on from the end of the log, whoever has written there last', async () => {
    const { store, log } = world;
    await claimed(store, 'a1', { events: [event('a1', 1, 'claimed')] });
    const foreign = await cluster.xadd(keys.activity(1), '*', 'not', 'ours');
    const { entries } = await log.page(1, { count: 1, cursor: null });
    expect([entries, await log.lastId(1)]).toEqual([[], foreign]);
  });

  it('send WAIT to the node of the claim', async () => {
    const claim = await claimed(world.store, 'a1', { waitReplicas: 1, waitTimeoutMs: 10 });
    expect(claim.replicas).toBe(0);
  });
});
