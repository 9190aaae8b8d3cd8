import { Logger } from '@nestjs/common';
import { requestsDuring } from '../support/command-count';
import { useCleanUp, useRedis } from '../support/hooks';
import { COINBASE, RealRegistries } from './real-registry';

const redis = useRedis();
const registries = new RealRegistries();

beforeAll(() => Logger.overrideLogger(false));
afterEach(() => registries.close());
useCleanUp();

/** Loads the scripts, so that a test counts what happens every time and not what happens the first time. */
async function warm() {
  const one = await registries.instance(redis.current);
  await one.registry.register(COINBASE);
  await one.machine.transition('starting');
  await one.keeper.beat();
  await one.registry.deregister();
  return one;
}

describe('one round trip to Redis', () => {
  it.each(['claim', 'renewal', 'transition', 'release'] as const)('per %s', async (operation) => {
    const { registry, machine, keeper } = await warm();
    const steps = {
      claim: () => registry.register(COINBASE),
      renewal: () => keeper.beat(),
      transition: () => machine.transition('starting'),
      release: () => registry.deregister(),
    };
    if (operation !== 'claim') await registry.register(COINBASE);
    const requests = await requestsDuring(redis.current, steps[operation]);
    expect(requests.map(([name]) => name?.toLowerCase())).toEqual(['evalsha']);
  });

  it('per stop: stopping, stopped, and a release that carries the step to idle', async () => {
    const { registry, machine } = await warm();
    await registry.register(COINBASE);
    await machine.transition('starting');
    const requests = await requestsDuring(redis.current, () => registry.deregister());
    expect(requests.map(([name]) => name?.toLowerCase())).toEqual(['evalsha', 'evalsha', 'evalsha']);
  });
});
