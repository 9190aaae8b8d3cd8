/** The basics of every route: closed by default, limited, one form of error. */
import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { AccessTokens } from './access-tokens';
import { BearerGuard } from './bearer.guard';
import { ProblemFilter } from './problem.filter';
import { RouteTable } from './route-table';

/** Per route and client address; routes that change something ask for it with `ThrottlerGuard`. */
export const RATE_LIMIT = { limit: 30, ttl: 10_000 } as const;

export interface HttpOptions {
  readonly controlToken: string;
  readonly viewerToken: string | null;
}

@Module({})
export class HttpModule {
  static forRoot({ controlToken, viewerToken }: HttpOptions): DynamicModule {
    return {
      module: HttpModule,
      imports: [DiscoveryModule, ThrottlerModule.forRoot([RATE_LIMIT])],
      providers: [
        RouteTable,
        { provide: AccessTokens, useFactory: () => new AccessTokens(controlToken, viewerToken) },
        { provide: APP_GUARD, useClass: BearerGuard },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
      exports: [RouteTable],
    };
  }
}
