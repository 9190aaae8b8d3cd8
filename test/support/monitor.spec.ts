import { useRedis } from './hooks';
import { monitorOf } from './monitor';

const redis = useRedis();

it('a monitor can be begun on a server that is being asked a lot', async () => {
  const [asking, client] = [redis.current.client(), redis.current.client()];
  for (let turn = 0; turn < 20; turn += 1) {
    const asked = Promise.all(Array.from({ length: 2_000 }, () => asking.echo('before')));
    const monitor = await monitorOf(client);
    const seen = new Promise<void>((resolve) => {
      monitor.on('monitor', (_time: string, [, text]: string[]) => text === `after ${turn}` && resolve());
    });
    await asked;
    await asking.echo(`after ${turn}`);
    await seen;
    monitor.disconnect();
  }
});
