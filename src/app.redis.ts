/**
 * The application's Redis, as settings name it. Its client never connects: the registry duplicates it into connections of
 * its own.
 */
import type { DynamicModule, InjectionToken } from '@nestjs/common';
import { ClusterModule, ClusterService, RedisModule, RedisService } from '@liaoliaots/nestjs-redis';
import type { RedisCredentials, RedisTarget } from './app.config';

export function redisModule(target: RedisTarget): DynamicModule {
  const quiet = { readyLog: false, errorLog: false };
  switch (target.kind) {
    case 'single':
      return RedisModule.forRoot({ ...quiet, config: { url: target.url, lazyConnect: true } });
    case 'sentinel':
      return RedisModule.forRoot({
        ...quiet,
        config: {
          sentinels: [...target.sentinels],
          name: target.name,
          ...(target.sentinelPassword === null ? {} : { sentinelPassword: target.sentinelPassword }),
          ...(target.sentinelTls ? { sentinelTLS: {} } : {}),
          ...nodeOptions(target.credentials),
          // Without it ioredis passes over `tls` and speaks in the clear to the nodes a Sentinel names.
          enableTLSForSentinelMode: target.credentials.tls,
          lazyConnect: true,
        },
      });
    case 'cluster':
      return ClusterModule.forRoot({
        ...quiet,
        config: {
          nodes: [...target.nodes],
          redisOptions: nodeOptions(target.credentials),
          lazyConnect: true,
        },
      });
  }
}

/** What to inject to get the client of that module. */
export function redisService({ kind }: RedisTarget): InjectionToken<RedisService | ClusterService> {
  return kind === 'cluster' ? ClusterService : RedisService;
}

function nodeOptions({ username, password, tls }: RedisCredentials) {
  return {
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
  };
}
