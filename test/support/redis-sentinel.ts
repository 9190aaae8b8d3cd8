/** A real Redis Sentinel of a test's own, on loopback: the server's own binary in its other mode. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../scripts/processes/free-port.mjs';
import { spawnGuarded } from '../../scripts/processes/guarded-process.mjs';
import { findRedisServer } from '../../scripts/redis/find.mjs';
import { forgetResource, trackResource, type LiveResource } from './live-resources';
import type { RedisServer } from './redis-server';
import { waitFor } from './wait-for';

export const SENTINEL_GROUP = 'registry';

export interface Sentinel extends LiveResource {
  readonly port: number;
  /** Asks it something: `ask('SENTINEL', 'replicas', SENTINEL_GROUP)`. */
  ask(command: string, ...args: string[]): Promise<unknown>;
}

/** Starts one that watches this primary and takes it for down after half a second. `useCleanUp` stops it. */
export async function startSentinel(
  primary: RedisServer,
  quorum: number,
  { failoverTimeoutMs = 3_000 }: { readonly failoverTimeoutMs?: number } = {},
): Promise<Sentinel> {
  const binary = findRedisServer({ path: process.env.PATH, root: resolve(__dirname, '../..') })!;
  const [folder, port] = await Promise.all([mkdtemp(join(tmpdir(), 'sentinel-')), freePort()]);
  const file = join(folder, 'sentinel.conf');
  await writeFile(
    file,
    `port ${port}
bind 127.0.0.1
dir ${folder}
sentinel monitor ${SENTINEL_GROUP} 127.0.0.1 ${primary.port} ${quorum}
sentinel down-after-milliseconds ${SENTINEL_GROUP} 500
sentinel failover-timeout ${SENTINEL_GROUP} ${failoverTimeoutMs}
`,
  );
  const child = spawnGuarded(binary, [file, '--sentinel'], { stdio: ['ignore', 'ignore', 'ignore'] });
  const ended = new Promise((settle) => child.once('exit', settle));
  const client = new Redis({ host: '127.0.0.1', port, disconnectTimeout: 50 });
  client.on('error', () => {});
  const sentinel: Sentinel = {
    name: `sentinel on port ${port}`,
    port,
    ask: (command, ...args) => client.call(command, ...args),
    stop: async () => {
      client.disconnect();
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
      forgetResource(sentinel);
    },
  };
  trackResource(sentinel);
  await waitFor(() => client.ping(), { describe: sentinel.name });
  return sentinel;
}
