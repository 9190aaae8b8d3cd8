import { logLines } from '../../test/support/log-lines';
import { COINBASE, registryWorld, slowWork } from '../../test/support/registry-world';
import type { RegistryAdapters } from './adapters';
import { memoryAdapters } from './memory';
import { ClaimAbortedError } from './registry.errors';
import { RegistryLifecycle } from './registry.lifecycle';
import { compileOptions, type RegistryModuleOptions } from './registry.options';

const fetchOfNode = globalThis.fetch;

function applicationWorld(options: RegistryModuleOptions = {}, over: Partial<RegistryAdapters> = {}) {
  const world = registryWorld();
  const parts = world.instance(options);
  /** What happened, in order. */
  const calls: string[] = [];
  const noted = (name: string) => async () => void calls.push(name);
  const adapters = { ...memoryAdapters(world.store), close: noted('connections closed'), ...over };
  const { journal } = parts;
  const close = journal.close.bind(journal);
  journal.close = async () => {
    await close();
    calls.push('journal closed');
  };
  const watchdog = { close: noted('watchdog closed') };
  const settings = compileOptions(options);
  const lifecycle = (dog: typeof watchdog | null = watchdog) =>
    new RegistryLifecycle(parts.registry, journal, adapters, settings, dog);
  return { ...world, ...parts, calls, lifecycle };
}

describe('an application that starts', () => {
  afterEach(() => {
    globalThis.fetch = fetchOfNode;
  });

  it('checks its store once, whoever asks, and tells what it is warned of', async () => {
    let checks = 0;
    const check = async () => [`warning ${(checks += 1)}`];
    const { lifecycle, registry } = applicationWorld({}, { check });
    const lines = logLines();
    const application = lifecycle();
    await Promise.all([application.ready(), application.ready()]);
    await application.onApplicationBootstrap();
    expect(lines).toEqual([{ level: 'warn', msg: 'warning 1', instance: registry.instanceId }]);
  });

  it('claims nothing on a store that does not fit', async () => {
    const check = () => Promise.reject(new Error('unfit'));
    const { lifecycle, published } = applicationWorld({ exchange: COINBASE }, { check });
    await expect(lifecycle().onApplicationBootstrap()).rejects.toThrow('unfit');
    expect(published()).toBeNull();
  });

  it('claims its exchange, if it has one, and says whom to ask about it', async () => {
    const one = applicationWorld();
    await one.lifecycle().onApplicationBootstrap();
    expect(one.published()).toBeNull();
    const admin = { email: 'ops@example.org', displayName: 'Operations' };
    const two = applicationWorld({ exchange: COINBASE, admin });
    await two.lifecycle().onApplicationBootstrap();
    expect(two.published()).toMatchObject({
      exchangeName: 'coinbase',
      adminEmail: admin.email,
      adminDisplayName: admin.displayName,
    });
    expect(await two.activity()).toMatchObject([{ type: 'claimed', cause: 'bootstrap' }]);
  });

  it.each([
    { publicIp: 'off', shown: null },
    { publicIp: '203.0.113.7', shown: '203.0.113.7' },
    { publicIp: 'auto', shown: '203.0.113.9' },
  ])('shows its public address ($publicIp)', async ({ publicIp, shown }) => {
    globalThis.fetch = () => Promise.resolve(new Response('203.0.113.9'));
    const { lifecycle, clock, published } = applicationWorld({ exchange: COINBASE, publicIp });
    await lifecycle().onApplicationBootstrap();
    await clock.settle();
    await clock.advance(300);
    expect(published()).toMatchObject({ ipAddress: shown });
  });
});

describe('an application that ends', () => {
  it.each([
    { signal: 'SIGTERM', cause: 'SIGTERM' },
    { signal: undefined, cause: 'shutdown' },
  ])('gives its exchange back, and says why ($cause)', async ({ signal, cause }) => {
    const { lifecycle, published, activity } = applicationWorld({ exchange: COINBASE });
    const application = lifecycle();
    await application.onApplicationBootstrap();
    await application.beforeApplicationShutdown(signal);
    expect(published()).toBeNull();
    expect((await activity()).at(-1)).toMatchObject({ type: 'released', actor: 'system', cause });
  });

  it('waits for its work to end', async () => {
    const { options, orders, finish } = slowWork();
    const { lifecycle, clock, published } = applicationWorld({ exchange: COINBASE, work: options });
    const application = lifecycle();
    await application.onApplicationBootstrap();
    let isOver = false;
    const ending = application.beforeApplicationShutdown().then(() => (isOver = true));
    await clock.advance(1_000);
    expect([orders.length, isOver]).toEqual([1, false]);
    finish();
    await ending;
    expect(published()).toBeNull();
  });

  it('waits for work that an object of a class ends', async () => {
    class Feed {
      #isOpen = true;
      get isOpen() {
        return this.#isOpen;
      }
      async stopWork() {
        this.#isOpen = false;
      }
    }
    const feed = new Feed();
    const { lifecycle, published } = applicationWorld({ exchange: COINBASE, work: feed });
    const application = lifecycle();
    await application.onApplicationBootstrap();
    await application.beforeApplicationShutdown();
    expect([feed.isOpen, published()]).toEqual([false, null]);
  });

  it('does not wait for work that is stuck, and leaves it the claim', async () => {
    const { options } = slowWork();
    const { lifecycle, clock, published } = applicationWorld({ exchange: COINBASE, work: options });
    const application = lifecycle();
    await application.onApplicationBootstrap();
    let isOver = false;
    void application.beforeApplicationShutdown().then(() => (isOver = true));
    await clock.advance(44_000);
    expect(isOver).toBe(true);
    expect(published()).not.toBeNull();
  });

  it('calls off a claim that has no answer yet', async () => {
    const { lifecycle, clock, store, published } = applicationWorld({ exchange: COINBASE });
    store.down = true;
    const application = lifecycle();
    const starting = application.onApplicationBootstrap().catch((error: unknown) => error);
    await clock.settle();
    const ending = application.beforeApplicationShutdown();
    store.down = false;
    await clock.advance(1_000);
    await ending;
    expect(await starting).toBeInstanceOf(ClaimAbortedError);
    expect(published()).toBeNull();
  });

  it('closes its connections when nothing needs them any more, and the watchdog last', async () => {
    const { lifecycle, calls } = applicationWorld();
    await lifecycle().onApplicationShutdown();
    expect(calls).toEqual(['journal closed', 'connections closed', 'watchdog closed']);
    await expect(lifecycle(null).onApplicationShutdown()).resolves.toBeUndefined();
  });
});
