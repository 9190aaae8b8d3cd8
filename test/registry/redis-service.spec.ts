/** The library on the client of @liaoliaots/nestjs-redis, injected as a service of the application has it. */
import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { RedisModule, RedisService } from '@liaoliaots/nestjs-redis';
import { InstanceRegistry, RegistryModule } from '../../src';
import { useCleanUp, useRedis } from '../support/hooks';
import { COINBASE } from './real-registry';

const redis = useRedis();
useCleanUp();

it('claims and gives back on a duplicate of the default client of an injected RedisService', async () => {
  const { url } = redis.current;
  const quiet = { readyLog: false, errorLog: false };
  @Module({
    imports: [
      RedisModule.forRoot({ ...quiet, config: { url, lazyConnect: true } }),
      RegistryModule.forRootAsync({
        inject: [RedisService],
        useFactory: (service: RedisService) => ({
          redis: service,
          exchange: COINBASE,
          emptyRedisGrace: 'off' as const,
        }),
      }),
    ],
  })
  class AppModule {}
  const app = await Test.createTestingModule({ imports: [AppModule] }).compile();
  await app.init();
  const client = redis.current.client();
  const { instanceId } = app.get(InstanceRegistry);
  expect(JSON.parse((await client.get('exchange:1:status')) ?? '{}')).toMatchObject({ instanceId });
  // It is only duplicated: whoever injects it finds it as it was.
  expect(app.get(RedisService).getOrThrow().status).toBe('wait');
  await app.close();
  expect(await client.exists('exchange:1:status')).toBe(0);
});
