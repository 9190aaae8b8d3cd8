/** The registry of one instance on a real Redis, put together without Nest. */
import { Redis } from 'ioredis';
import { SystemClock, type Clock } from '../../src/clock';
import { composeRegistry } from '../../src/registry/compose';
import { LINUX_PROCESSES } from '../../src/registry/process-identity';
import { redisAdapters } from '../../src/registry/redis/redis-adapters';
import { compileOptions, type RegistryModuleOptions } from '../../src/registry/registry.options';
import type { RedisServer } from '../support/redis-server';

export const COINBASE = { id: 1, name: 'coinbase' };

/** Instances made here; `close` ends them all. */
export class RealRegistries {
  readonly #open: (() => Promise<void>)[] = [];

  /** `url` may be that of a proxy in front of the server. */
  async instance(
    redis: RedisServer,
    options: RegistryModuleOptions = {},
    url = redis.url,
    clock: Clock = new SystemClock(),
  ) {
    const source = new Redis(url, { lazyConnect: true });
    const settings = compileOptions({ emptyRedisGrace: 'off', ...options });
    const adapters = redisAdapters(source, settings);
    await adapters.check();
    const { store, log } = adapters;
    const parts = composeRegistry(settings, { store, log, clock, processes: LINUX_PROCESSES });
    this.#open.push(async () => {
      await parts.registry.deregister();
      await parts.journal.close();
      await adapters.close();
      source.disconnect();
    });
    return { ...parts, adapters, settings };
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((close) => close()));
  }
}
