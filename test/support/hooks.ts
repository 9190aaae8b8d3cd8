/**
 * Hooks for spec files: one Redis for the file, everything stopped and nothing leaked after each test.
 */
import { type RedisServer, type RedisServerOptions, startRedis } from './redis-server';
import { type LiveResource, liveResources, stopStartedSince } from './live-resources';
import { expectNoLeaks, openHandles } from './leaks';

/**
 * One Redis server for the whole spec file, empty before every test. The returned object is usable inside tests and
 * hooks that come after this one.
 */
export function useRedis(options: RedisServerOptions = {}): { readonly current: RedisServer } {
  let server: RedisServer | undefined;
  beforeAll(async () => {
    server = await startRedis(options);
  });
  beforeEach(async () => {
    if (server === undefined) return;
    const client = server.client();
    await client.flushall();
    await client.script('FLUSH');
    await client.config('RESETSTAT');
    client.disconnect();
  });
  afterAll(() => server?.stop());
  return {
    get current() {
      if (server === undefined)
        throw new Error('useRedis: the server starts in beforeAll; use it inside a test');
      return server;
    },
  };
}

/**
 * After every test: stops what the test and its `beforeEach` hooks started through the harness, then checks that no
 * socket, server, child process or timer is left of it. What `beforeAll` hooks declared earlier have opened stays.
 *
 * Call it as the last hook of a describe block: jest runs hooks in the order of their declaration.
 */
export function useCleanUp(): void {
  let before: ReadonlySet<LiveResource> = new Set();
  let handles: ReadonlyMap<string, number> = new Map();
  beforeAll(() => {
    before = liveResources();
    handles = openHandles();
  });
  afterEach(async () => {
    await stopStartedSince(before);
    await expectNoLeaks(handles);
  });
}
