/** The application's own Redis client. The registry only duplicates it, and closes what it made itself. */
import { Global, Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';

export const REDIS = Symbol('REDIS');

function connect(): Redis {
  const logger = new Logger('Redis');
  const redis = new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379');
  redis.on('error', (error: Error) => logger.warn(error.message));
  return redis;
}

@Global()
@Module({ providers: [{ provide: REDIS, useFactory: connect }], exports: [REDIS] })
export class RedisModule implements OnApplicationShutdown {
  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }
}
