/** A process that can no longer act on its deadline is ended before its claim is, and a standby takes over. */
import { STATUS_KEY, activityOf } from '../support/exchange-log';
import { useCleanUp, useRedis } from '../support/hooks';
import { startExchange } from '../support/live-exchange';
import { AUTOSTART, ended, instanceOf, preload, start } from './instance';

const redis = useRedis();
useCleanUp();

// A wide margin: the claim outlives its holder by far more than this test needs to see it.
const TIMES = {
  LEASE_TTL_MS: '6000',
  HEARTBEAT_INTERVAL_MS: '1000',
  SAFETY_MARGIN_MS: '3000',
  WATCHDOG: 'on',
};

it('WATCHDOG=on ends an instance whose main thread is blocked, and a standby takes over', async () => {
  const exchange = await startExchange();
  const env = { ...exchange.env, ...TIMES };
  const holder = await start(redis.current, { args: AUTOSTART, env, ...preload('block') });
  await holder.waitForState('active');
  const standby = await start(redis.current, { args: [...AUTOSTART, '--standby'], env });
  await standby.waitForLog({ msg: /^waiting: .* is held by/ });

  expect(await ended(holder, 'SIGUSR2')).toEqual({ code: null, signal: 'SIGKILL' });
  const client = redis.current.client();
  const claim = JSON.parse((await client.get(STATUS_KEY)) ?? 'null') as { instanceId: string } | null;
  client.disconnect();
  expect(claim).toMatchObject({ instanceId: instanceOf(holder) });
  expect(holder.output.findLog({ msg: /^watchdog: main thread blocked/, pid: holder.pid })).toBeDefined();

  await standby.waitForState('active', { timeoutMs: 20_000 });
  const claims = (await activityOf(redis.current)).filter(({ type }) => type === 'claimed');
  expect(claims).toHaveLength(2);
  expect(claims[1]).toMatchObject({
    instanceId: instanceOf(standby),
    predecessor: { instanceId: instanceOf(holder), ended: expect.stringMatching(/^(?:expired|dead)$/) },
  });
  expect(exchange.witness).toMatchObject({ max: 1, overlaps: [] });
  expect(await ended(standby, 'SIGTERM')).toEqual({ code: 0, signal: null });
});
