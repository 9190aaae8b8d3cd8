/** The settings for a Redis Cluster lead to one. */
import { startApi } from '../support/api-process';
import { useCleanUp } from '../support/hooks';
import { everyServerHasAcl } from '../support/redis-acl';
import { startRedis } from '../support/redis-server';
import { waitFor } from '../support/wait-for';

const PASSWORD = 'password-of-the-cluster';

useCleanUp();

it('an instance owns an exchange on a Redis Cluster that needs a password', async () => {
  const node = await startRedis({
    password: PASSWORD,
    acl: everyServerHasAcl,
    args: ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'],
  });
  const client = node.client();
  await client.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
  await waitFor(async () => String(await client.call('CLUSTER', 'INFO')).includes('cluster_state:ok'));
  await node.allow('+cluster|slots', '+cluster|info');
  const api = await startApi({
    env: {
      REDIS_CLUSTER_NODES: `127.0.0.1:${node.port}`,
      ...node.credentialsEnv,
      EMPTY_REDIS_GRACE: 'off',
    },
    args: ['--autostart', 'simulator'],
  });
  await api.waitForState('active');
  expect(await client.exists('exchange:2:status')).toBe(1);
  api.kill();
  expect(await api.exited).toEqual({ code: 0, signal: null });
  expect(await client.exists('exchange:2:status')).toBe(0);
  expect(api.output.text).not.toContain(node.credentials.password);
});
