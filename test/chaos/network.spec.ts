import { join } from 'node:path';
import { type ApiProcess, startApi } from '../support/api-process';
import { useCleanUp, useRedis } from '../support/hooks';
import { SENTINEL_GROUP, startSentinel } from '../support/redis-sentinel';
import { waitFor } from '../support/wait-for';
import { Network } from './network';

const PRELOADED = join(__dirname, 'fixtures/network.cjs');

describe('the network of each process', () => {
  const redis = useRedis();
  useCleanUp();

  const startClient = (network: Network, slot: number, options: object) =>
    startApi({
      script: 'test/chaos/fixtures/redis-client.cjs',
      nodeArgs: ['--require', PRELOADED],
      args: [JSON.stringify(options)],
      env: network.env(slot),
      until: 'spawned',
    });
  /** The next line that it prints. */
  const hears = async ({ output }: ApiProcess, what: string) => {
    const from = output.lines.length;
    await waitFor(() => output.lines.slice(from).includes(what), { describe: what });
  };

  it('leads to the server by the proxy of that process, although it is told the address of the server', async () => {
    const { port } = redis.current;
    const network = await Network.start(2, [port]);
    const [own, other] = [network.of(0)[0], network.of(1)[0]];
    const client = await startClient(network, 0, { host: '127.0.0.1', port });
    await hears(client, 'PONG');
    expect(own?.commands).toContainEqual(['ping']);
    expect(other?.accepted).toBe(0);
    own?.hold();
    await hears(client, 'no answer');
    await network.heal();
    await hears(client, 'PONG');
  });

  it('can be cut to a primary alone, while the Sentinel that named it is reached; the Sentinel does not notice', async () => {
    const primary = redis.current;
    const sentinel = await startSentinel(primary, 1);
    const network = await Network.start(1, [primary.port, sentinel.port]);
    const [toPrimary, toSentinel] = network.of(0);
    const client = await startClient(network, 0, {
      sentinels: [{ host: '127.0.0.1', port: sentinel.port }],
      name: SENTINEL_GROUP,
    });
    await hears(client, 'PONG');
    expect(toPrimary?.commands).toContainEqual(['ping']);
    await toPrimary?.refuse();
    const before = toSentinel?.accepted ?? Infinity;
    await hears(client, 'no answer');
    await waitFor(() => (toSentinel?.accepted ?? 0) > before);
    const master = (await sentinel.ask('SENTINEL', 'master', SENTINEL_GROUP)) as string[];
    expect(master[master.indexOf('flags') + 1]).toBe('master');
    await network.heal();
    await hears(client, 'PONG');
  });
});
