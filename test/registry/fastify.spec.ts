/** The library in an application on fastify: it asks for no HTTP platform, and its claim ends before the connections do. */
import { Controller, Get, Inject, Logger, Module, Sse } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { NEVER, startWith } from 'rxjs';
import { InstanceRegistry, RegistryModule } from '../../src';
import { useCleanUp, useRedis } from '../support/hooks';
import { waitFor } from '../support/wait-for';
import { COINBASE } from './real-registry';

@Controller()
class StatusController {
  constructor(@Inject(InstanceRegistry) private readonly registry: InstanceRegistry) {}

  @Get('status')
  status() {
    return this.registry.getStatus();
  }

  @Sse('events')
  events() {
    return NEVER.pipe(startWith({ data: 'open' }));
  }
}

const redis = useRedis();
let app: NestFastifyApplication;

beforeAll(() => Logger.overrideLogger(false));
beforeEach(async () => {
  @Module({
    imports: [
      RegistryModule.forRootAsync({
        useFactory: () => ({
          redis: redis.current.client(),
          exchange: COINBASE,
          emptyRedisGrace: 'off' as const,
        }),
      }),
    ],
    controllers: [StatusController],
  })
  class AppModule {}
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), {
    forceCloseConnections: true,
  });
  await app.listen(0, '127.0.0.1');
});
afterEach(() => app.close());
useCleanUp();

const isClaimed = async () => (await redis.current.client().exists('exchange:1:status')) === 1;

it('claims its exchange on bootstrap and serves its status', async () => {
  const answer = await fetch(`${await app.getUrl()}/status`);
  expect(await answer.json()).toMatchObject({ exchangeName: 'coinbase', connectionState: 'idle' });
  expect(await isClaimed()).toBe(true);
});

it('gives its exchange back on shutdown, an open event stream or not', async () => {
  const leave = new AbortController();
  const stream = await fetch(`${await app.getUrl()}/events`, { signal: leave.signal });
  const reader = stream.body!.getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toContain('open');
  expect(await isClaimed()).toBe(true);
  const closed = app.close();
  await waitFor(async () => !(await isClaimed()), { describe: 'the exchange to be given back' });
  leave.abort();
  await closed;
});
