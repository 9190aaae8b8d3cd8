import { Injectable, Logger, Module, type INestApplicationContext } from '@nestjs/common';
import { Interval, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import { waitFor } from '../../test/support/wait-for';
import { SystemClock } from '../clock';
import { FakeClock } from '../fake-clock';
import { StateMachine } from '../state-machine/state-machine';
import { InstanceRegistry } from './instance-registry';
import { LeaseKeeper } from './lease-keeper';
import { memoryAdapters, MemoryStore } from './memory';
import { RegistryModule } from './registry.module';
import type { RegistryModuleOptions } from './registry.options';
import { ExchangeTakenError } from './registry.errors';
import { CLOCK, LEASE_STORE } from './registry.tokens';

beforeAll(() => Logger.overrideLogger(false));

const COINBASE = { id: 1, name: 'coinbase' };

async function application(
  options: RegistryModuleOptions,
  extra: unknown[] = [],
): Promise<INestApplicationContext> {
  @Module({ imports: [RegistryModule.forRootAsync({ useFactory: () => options }), ...(extra as [])] })
  class AppModule {}
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  try {
    return await module.init();
  } catch (error) {
    await module.close();
    throw error;
  }
}

function memoryWorld() {
  const world = new MemoryStore(new SystemClock());
  const options = (extra: RegistryModuleOptions = {}) => ({ adapters: memoryAdapters(world), ...extra });
  return { world, options };
}

const ORDERS_EVERY_MS = 4_321;

/** The periods of all intervals that are begun from now on, and what ends the noting. */
function noteIntervals(): [intervals: unknown[], restore: () => void] {
  const intervals: unknown[] = [];
  const real = globalThis.setInterval;
  const spy = jest.spyOn(globalThis, 'setInterval').mockImplementation(((handler: () => void, ms: number) => {
    intervals.push(ms);
    return real(handler, ms);
  }) as never);
  return [intervals, () => spy.mockRestore()];
}

describe('RegistryModule', () => {
  it('registers on bootstrap and deregisters on shutdown', async () => {
    const { world, options } = memoryWorld();
    const app = await application(options({ exchange: COINBASE }));
    expect(app.get(InstanceRegistry).getStatus()).toMatchObject({
      exchangeName: 'coinbase',
      connectionState: 'idle',
    });
    await app.close();
    expect(world.exchange(1).status).toBeNull();
  });

  it('lives on a clock that a test moves, once the store and the module have it', async () => {
    const clock = new FakeClock();
    const ended: unknown[] = [];
    const world = new MemoryStore(clock);
    const options = {
      adapters: memoryAdapters(world),
      exchange: COINBASE,
      work: { stopWork: async () => void ended.push('work') },
    };
    @Module({ imports: [RegistryModule.forRoot(options)] })
    class AppModule {}
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideProvider(CLOCK)
      .useValue(clock)
      .compile();
    const app = await module.init();
    await clock.advance(29_000);
    expect({ ended, lease: app.get(InstanceRegistry).lease }).toMatchObject({ ended: [], lease: {} });
    // No heartbeat has come in real time: after two thirds of the TTL the work ends in order.
    await clock.advance(2_000);
    expect({ ended, lease: app.get(InstanceRegistry).lease }).toEqual({ ended: ['work'], lease: null });
    expect(world.exchange(1).status).toBeNull();
    await app.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('refuses to start a second application for the same exchange', async () => {
    const { options } = memoryWorld();
    const app = await application(options({ exchange: COINBASE }));
    await expect(application(options({ exchange: COINBASE }))).rejects.toThrow(ExchangeTakenError);
    await app.close();
  });

  it('takes its options from forRoot as well, and claims nothing by itself', async () => {
    const { world, options } = memoryWorld();
    const module = await Test.createTestingModule({ imports: [RegistryModule.forRoot(options())] }).compile();
    const app = await module.init();
    expect(app.get(StateMachine).currentState).toBe('idle');
    expect(world.exchange(1).status).toBeNull();
    await app.close();
  });

  it('beats at the configured interval (FIX-01, HB-02)', async () => {
    const { options } = memoryWorld();
    const app = await application(options({ leaseTtlMs: 1_000, heartbeatIntervalMs: 200 }));
    const beats: number[] = [];
    jest
      .spyOn(app.get(LeaseKeeper), 'beat')
      .mockImplementation(async () => void beats.push(performance.now()));
    await waitFor(() => beats.length >= 3, { timeoutMs: 5_000, describe: 'three heartbeats' });
    await app.close();
    expect(beats.length).toBeGreaterThanOrEqual(3);
  });

  it('beats every 15 s of a claim of 45 s by default (HB-02)', async () => {
    const { options } = memoryWorld();
    const [intervals, restore] = noteIntervals();
    const app = await application(options());
    restore();
    await app.close();
    expect(intervals).toContain(15_000);
  });

  describe('beside jobs of the application', () => {
    class Jobs {
      orders(): void {}
    }
    Injectable()(Jobs);
    Interval('orders', ORDERS_EVERY_MS)(
      Jobs.prototype,
      'orders',
      Object.getOwnPropertyDescriptor(Jobs.prototype, 'orders')!,
    );
    @Module({ imports: [ScheduleModule.forRoot()], providers: [Jobs] })
    class WithScheduler {}
    @Module({ providers: [Jobs] })
    class WithoutScheduler {}

    it.each([
      ['runs each job and the heartbeat once where the application has a scheduler', WithScheduler, 1],
      ['runs the heartbeat alone where it has none', WithoutScheduler, 0],
    ])('%s', async (_what, jobs, runs) => {
      const { options } = memoryWorld();
      const [intervals, restore] = noteIntervals();
      const app = await application(options(), [jobs]);
      restore();
      const of = (ms: number) => intervals.filter((each) => each === ms).length;
      expect({ orders: of(ORDERS_EVERY_MS), beats: of(15_000) }).toEqual({ orders: runs, beats: 1 });
      await app.close();
    });

    it('leaves the application the SchedulerRegistry of its own', async () => {
      const { options } = memoryWorld();
      @Injectable()
      class Reader {
        constructor(readonly schedulers: SchedulerRegistry) {}
      }
      @Module({ providers: [Reader] })
      class Reading {}
      const app = await application(options(), [WithScheduler, Reading]);
      expect(app.get(Reader, { strict: false }).schedulers.getIntervals()).toEqual(['orders']);
      await app.close();
    });
  });

  it('uses the store that a test puts in the place of LEASE_STORE', async () => {
    const { options } = memoryWorld();
    const another = new MemoryStore(new SystemClock());
    const module = await Test.createTestingModule({
      imports: [RegistryModule.forRoot(options({ exchange: COINBASE }))],
    })
      .overrideProvider(LEASE_STORE)
      .useValue(memoryAdapters(another).store)
      .compile();
    const app = await module.init();
    expect(another.exchange(1).status).not.toBeNull();
    await app.close();
  });

  it('says what is missing when it gets neither Redis nor adapters', async () => {
    await expect(application({})).rejects.toThrow('redis: is missing');
  });

  it('refuses times that do not fit together, by name and with both values', async () => {
    const { options } = memoryWorld();
    await expect(application(options({ leaseTtlMs: 10_000, heartbeatIntervalMs: 6_000 }))).rejects.toThrow(
      'heartbeatIntervalMs: 6000 ms is too long for leaseTtlMs 10000 ms',
    );
  });
});
