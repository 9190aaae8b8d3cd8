/** The settings for Sentinel lead to the primary, and over a failover to the next one. */
import { startApi } from '../support/api-process';
import { useCleanUp } from '../support/hooks';
import { startExchange } from '../support/live-exchange';
import { SENTINEL_GROUP, startSentinel } from '../support/redis-sentinel';
import { startRedis } from '../support/redis-server';
import { waitFor } from '../support/wait-for';

useCleanUp();

const STATUS_KEY = 'exchange:2:status';

it('after a failover one instance holds the exchange, the same or another, and two never did', async () => {
  const primary = await startRedis();
  const replica = await startRedis({
    args: ['--replicaof', `127.0.0.1 ${primary.port}`, '--repl-diskless-sync-delay', '0'],
  });
  const sentinels = [await startSentinel(primary, 2), await startSentinel(primary, 2)];
  for (const sentinel of sentinels) {
    await waitFor(
      async () => {
        const [others, replicas] = (await Promise.all([
          sentinel.ask('SENTINEL', 'sentinels', SENTINEL_GROUP),
          sentinel.ask('SENTINEL', 'replicas', SENTINEL_GROUP),
        ])) as unknown[][];
        return others!.length === 1 && replicas!.length === 1;
      },
      { describe: `${sentinel.name} to know the others` },
    );
  }
  const exchange = await startExchange();
  const env = {
    ...exchange.env,
    ...primary.credentialsEnv,
    REDIS_SENTINELS: sentinels.map(({ port }) => `127.0.0.1:${port}`).join(','),
    REDIS_SENTINEL_NAME: SENTINEL_GROUP,
    EMPTY_REDIS_GRACE: 'off',
    LEASE_TTL_MS: '6000',
    HEARTBEAT_INTERVAL_MS: '500',
  };
  const args = ['--autostart', 'simulator', '--standby'];
  const first = await startApi({ env, args });
  await first.waitForState('active');
  const second = await startApi({ env, args });
  const before = JSON.parse((await primary.client().get(STATUS_KEY))!) as {
    fencingToken: number;
    claimId: string;
  };
  await primary.client().wait(1, 2_000);

  await primary.kill();
  const heir = replica.client();
  await waitFor(async () => (await heir.info('replication')).includes('role:master'), {
    describe: 'the failover',
  });
  const beatOf = async () => JSON.parse((await heir.get(STATUS_KEY)) ?? '{}') as Record<string, unknown>;
  const inherited = await beatOf();
  const after = await waitFor(
    async () => {
      const now = await beatOf();
      return now.connectionState === 'active' && now.lastHeartbeat !== inherited.lastHeartbeat && now;
    },
    { describe: 'a holder that renews at the new primary' },
  );
  expect([first.pid, second.pid]).toContain(after.pid);
  expect(after.fencingToken).toBeGreaterThanOrEqual(before.fencingToken);
  // One token, one claim; the same process has another if the first ran out meanwhile and it claimed again.
  expect(after.fencingToken === before.fencingToken).toBe(after.claimId === before.claimId);
  if (after.pid !== first.pid) expect(after.claimId).not.toBe(before.claimId);
  expect(exchange.witness?.max).toBe(1);
});
