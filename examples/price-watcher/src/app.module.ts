import { Module } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { RegistryModule } from 'nestjs-exchange-registry';
import { PriceFeed } from './price-feed';
import { PriceWatcher } from './price-watcher';
import { REDIS, RedisModule } from './redis.module';

@Module({
  imports: [
    RedisModule,
    RegistryModule.forRootAsync({
      inject: [REDIS],
      useFactory: (redis: Redis) => ({
        redis,
        appVersion: '1.0.0',
        // `off` only for a Redis known to be new, such as the one `npm run example` starts.
        emptyRedisGrace: process.env.EMPTY_REDIS_GRACE === 'off' ? 'off' : 'on',
      }),
    }),
  ],
  providers: [PriceFeed, PriceWatcher],
})
export class AppModule {}
