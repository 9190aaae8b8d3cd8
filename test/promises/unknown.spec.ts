/** What the process cannot know it treats as lost, and only that: silence alone costs nothing before the deadline. */
import { startTcpProxy } from '../support/tcp-proxy';
import { waitFor } from '../support/wait-for';
import { operate } from './operated-api';
import { usePromiseWorld } from './promise-world';

const world = usePromiseWorld();

interface Health {
  readonly lease: string;
  readonly redis: string;
  readonly connectionState: string;
}

describe('I7: held, lost or unknown', () => {
  it('a renewal without an answer makes the claim unknown; an answer in time makes it held again', async () => {
    const proxy = await startTcpProxy(world.current.redis.port);
    // A long lease: this is about the answer, not about the deadline.
    const env = { REDIS_URL: proxy.url, LEASE_TTL_MS: '20000' };
    const holder = await world.current.holder({ env });
    const { claimId } = await world.current.waitForHolder(holder);
    const leaseIs = (wanted: string) =>
      holder.waitForRoute('/health', ({ body }) => (body as Health).lease === wanted);
    proxy.dropReplies();
    expect(await leaseIs('unknown')).toMatchObject({ status: 503, body: { connectionState: 'active' } });
    expect(world.current.witness.now).toBe(1);
    await proxy.pass();
    expect(await leaseIs('held')).toMatchObject({ body: { connectionState: 'active' } });
    expect(await world.current.status()).toMatchObject({ claimId });
    expect(world.current.witness).toMatchObject({ now: 1, max: 1 });
  });

  it('past the deadline it is lost: the work ends, nothing is renewed any more, and a late reply revives nothing', async () => {
    const proxy = await startTcpProxy(world.current.redis.port);
    const api = operate(await world.current.idle({ env: { REDIS_URL: proxy.url } }));
    const token = await api.startAndReadToken();
    // Every renewal arrives and is carried out; only the answers are kept.
    proxy.hold('replies');
    await waitFor(() => world.current.witness.now === 0);
    await api.process.waitForState('idle');
    expect((await api.process.get('/health')).body).toMatchObject({ lease: 'lost', connectionState: 'idle' });
    proxy.release('replies');
    await world.current.waitForEvent(({ type, fencingToken }) => type === 'lost' && fencingToken === token);
    await waitFor(async () => (await world.current.status()) === null);
    expect(await api.status()).toMatchObject({ connectionState: 'idle', fencingToken: null });
  });

  it('LOCK-02: a claim whose reply is lost is found again, once and under one token', async () => {
    const proxy = await startTcpProxy(world.current.redis.port);
    // An answer is waited for far longer than this test needs to end the silence, and the second try comes a quarter of that later,
    // over a connection that is there again by then.
    const env = { LEASE_TTL_MS: '30000', HEARTBEAT_INTERVAL_MS: '12000', COMMAND_TIMEOUT_MS: '5000' };
    const api = operate(await world.current.idle({ env: { ...env, REDIS_URL: proxy.url } }));
    // Its scripts are known to Redis from here on: the claim needs one round trip, whose reply is lost.
    const earlier = await api.startAndReadToken();
    await api.stop();
    proxy.dropReplies();
    const starting = api.process.post('/control/start', { exchange: 'simulator' });
    await waitFor(async () => (await world.current.status()) !== null && proxy.dropped.replies > 0);
    const claimed = await world.current.status();
    await proxy.pass();
    expect(await starting).toMatchObject({ status: 202 });
    expect(await world.current.status()).toMatchObject({
      claimId: claimed?.claimId,
      fencingToken: claimed?.fencingToken,
    });
    await api.process.waitForState('active');
    const claims = (await world.current.activity()).filter(({ type }) => type === 'claimed');
    expect(claims).toMatchObject([{ type: 'claimed' }, { claimId: claimed?.claimId }]);
    expect(claimed?.fencingToken).toBeGreaterThan(earlier);
    expect(world.current.witness.max).toBe(1);
  });

  it('a claim that is sent while Redis stands still is not held and starts nothing', async () => {
    const { redis, client } = world.current;
    const api = operate(await world.current.idle());
    redis.pause();
    try {
      const answer = await api.process.post('/control/start', { exchange: 'simulator' });
      expect(answer).toMatchObject({ status: 503, body: { code: 'STORE_UNAVAILABLE' } });
    } finally {
      redis.resume();
    }
    expect(world.current.witness.intervals).toHaveLength(0);
    // What Redis may have carried out late is held by nobody and expires.
    await waitFor(async () => (await client.exists('exchange:2:status')) === 0);
    expect(await api.startAndReadToken()).toBeGreaterThan(0);
  });
});
