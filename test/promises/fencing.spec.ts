/** Every claim has a token greater than all before it, and what carries an older one is not written. */
import { operate } from './operated-api';
import { monitorOf } from '../support/monitor';
import { startTcpProxy } from '../support/tcp-proxy';
import { waitFor } from '../support/wait-for';
import { frozenAt, STATUS_KEY, usePromiseWorld } from './promise-world';

const world = usePromiseWorld();

describe('I2: tokens only grow, and an older one writes nothing', () => {
  it('each claim has a greater token: after a release, a revocation, a lost and a restarted Redis', async () => {
    const api = operate(await world.current.idle());
    const { client, redis } = world.current;
    const tokens: number[] = [];
    const claim = async () => tokens.push(await api.startAndReadToken());
    await claim();
    await api.stop();
    await claim();
    await api.revoke({ holderIsDead: true });
    await claim();
    await api.stop();
    await client.flushall();
    await claim();
    await api.stop();
    await redis.restart({ keepData: false });
    await claim();
    expect(tokens).toHaveLength(5);
    expect(tokens.toSorted((a, b) => a - b)).toEqual(tokens);
    expect(new Set(tokens).size).toBe(5);
    expect(tokens.every(Number.isSafeInteger)).toBe(true);
  });

  it('P2: a holder whose key vanished puts it back under its own token while nobody has claimed since', async () => {
    const holder = await world.current.holder();
    const before = await world.current.waitForHolder(holder);
    await world.current.client.flushall();
    const after = await world.current.waitForHolder(holder);
    expect(after).toMatchObject({ claimId: before.claimId, fencingToken: before.fencingToken });
    expect(world.current.witness).toMatchObject({ now: 1, max: 1 });
  });

  it('P2: a holder whose key vanished does not put it back once somebody else has claimed', async () => {
    const former = await world.current.holder(frozenAt('renew.before-send'));
    const successor = await world.current.standby();
    former.kill('SIGUSR2');
    await former.output.waitForLine(/^reached renew/);
    // As an outsider would; nobody tells the holder, which stands still and does not work.
    await world.current.client.del('exchange:2:status');
    const { claimId } = await world.current.waitForHolder(successor);
    const written = new Set<number>();
    const monitor = await monitorOf(world.current.redis.client());
    monitor.on('monitor', (_time: string, args: string[]) => {
      if (args[0]?.toLowerCase() === 'set' && args[1] === STATUS_KEY)
        written.add((JSON.parse(args[2] ?? '') as { pid: number }).pid);
    });
    former.resume();
    expect(await former.exited).toMatchObject({ code: 75 });
    await waitFor(() => written.has(successor.pid));
    monitor.disconnect();
    expect([...written]).toEqual([successor.pid]);
    expect(await world.current.status()).toMatchObject({ claimId, pid: successor.pid });
  });

  it('a write is rejected when its claim was taken away between guard and effect', async () => {
    const { client, redis } = world.current;
    const proxy = await startTcpProxy(redis.port);
    const former = operate(
      await world.current.idle({
        nodeArgs: ['--require', `${__dirname}/fixtures/at-failpoint.cjs`],
        env: {
          REDIS_URL: proxy.url,
          FAILPOINT: 'fenced-write.before-guard',
          FAILPOINT_DO: 'freeze',
        },
      }),
    );
    const operator = operate(await world.current.idle());
    const token = await former.startAndReadToken();
    former.process.kill('SIGUSR2');
    await former.process.output.waitForLine(/^reached fenced-write/);
    await operator.process.post('/network/exchanges/simulator/revoke', {
      reason: 'test',
      holderIsDead: true,
    });
    const writes = async () => /cmdstat_zadd:calls=(\d+)/.exec(await client.info('commandstats'))?.[1];
    const before = await writes();
    const sentBefore = proxy.commands.length;
    former.process.resume();
    await world.current.waitForEvent(({ type, fencingToken }) => type === 'lost' && fencingToken === token);
    const sent = proxy.commands.slice(sentBefore);
    expect(sent).toContainEqual(expect.arrayContaining([String(token), 'ZADD']));
    expect(await writes()).toBe(before);
  });
});
