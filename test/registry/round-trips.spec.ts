import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { claimRequest } from '../registry-store/contract/requests';
import { requestsDuring } from '../support/command-count';
import { useCleanUp, useRedis } from '../support/hooks';
import { waitFor } from '../support/wait-for';
import { COINBASE, RealRegistries } from './real-registry';

const redis = useRedis();
const registries = new RealRegistries();

beforeAll(() => Logger.overrideLogger(false));
afterEach(() => registries.close());
useCleanUp();

afterEach(() => jest.restoreAllMocks());

const named = (requests: string[][]) => requests.map(([name]) => name?.toLowerCase());

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
    expect(named(requests)).toEqual(['evalsha']);
  });

  it('per stop: stopping, stopped, and a release that carries the step to idle', async () => {
    const { registry, machine } = await warm();
    await registry.register(COINBASE);
    await machine.transition('starting');
    const requests = await requestsDuring(redis.current, () => registry.deregister());
    expect(named(requests)).toEqual(['evalsha', 'evalsha', 'evalsha']);
  });
});

describe('the first claim of a process', () => {
  /** What is sent until `claim` has been answered, and until what is sent beside it has been answered too. */
  async function requestsOf(claim: () => Promise<unknown>): Promise<string[][]> {
    const calls = jest.spyOn(Redis.prototype, 'call');
    return requestsDuring(redis.current, async () => {
      await claim();
      await Promise.allSettled(calls.mock.results.map(({ value }) => value as Promise<unknown>));
    });
  }

  it('on a new Redis brings the script, and beside it clears the key of the predecessor', async () => {
    const { registry } = await registries.instance(redis.current);
    const requests = await requestsOf(() => registry.register(COINBASE));
    expect(named(requests)).toEqual(['evalsha', 'eval', 'del']);
    expect(requests.at(-1)).toEqual(['del', 'exchange:status:1']);
  });

  it('on a Redis that knows the script is one round trip, and beside it the same; no later one is', async () => {
    await warm();
    const { registry } = await registries.instance(redis.current);
    expect(named(await requestsOf(() => registry.register(COINBASE)))).toEqual(['evalsha', 'del']);
    await registry.deregister();
    expect(named(await requestsOf(() => registry.register(COINBASE)))).toEqual(['evalsha']);
  });

  it('does not wait for what goes beside it', async () => {
    const { registry } = await registries.instance(redis.current);
    const send = Reflect.get(Redis.prototype, 'call') as (...args: unknown[]) => Promise<unknown>;
    let answer!: () => void;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    jest.spyOn(Redis.prototype, 'call').mockImplementation(function (this: Redis, ...args: unknown[]) {
      return args[0] === 'del' ? answered : send.apply(this, args);
    });
    const registered = registry.register(COINBASE);
    try {
      await waitFor(() => registry.lease !== null, { describe: 'the claim, before the other answer' });
    } finally {
      answer();
      await registered;
    }
  });

  it('that waits for replicas carries the wait in the same round trip', async () => {
    await redis.current.allow('+wait');
    await warm();
    const { adapters } = await registries.instance(redis.current);
    const pipelines = jest.spyOn(Redis.prototype, 'pipeline');
    const alone = jest.spyOn(Redis.prototype, 'call');
    // No replica is there to be waited for: that many had the claim is not what is asked here.
    const request = claimRequest('a1', { waitReplicas: 1, waitTimeoutMs: 20 });
    const requests = await requestsOf(async () => {
      expect(await adapters.store.claim(request)).toMatchObject({ outcome: 'claimed', replicas: 0 });
    });
    expect(named(requests)).toEqual(['evalsha', 'wait', 'del']);
    expect(pipelines).toHaveBeenCalledTimes(1);
    expect(alone.mock.calls.map(([name]) => name)).not.toContain('wait');
  });
});
