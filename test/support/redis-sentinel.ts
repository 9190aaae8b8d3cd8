/** A real Redis Sentinel of a test's own, on loopback: the server's own binary in its other mode. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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

export interface SentinelOptions {
  /** Whoever asks it must know this. */
  readonly password?: string;
  readonly failoverTimeoutMs?: number;
  /** It speaks TLS only, with this certificate, and to the primary too. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly authority: string };
}

/** Starts one that watches this primary and takes it for down after half a second. `useCleanUp` stops it. */
export async function startSentinel(
  primary: Pick<RedisServer, 'port'>,
  quorum: number,
  { failoverTimeoutMs = 3_000, password, tls }: SentinelOptions = {},
): Promise<Sentinel> {
  const binary = findRedisServer({ path: process.env.PATH, root: resolve(__dirname, '../..') })!;
  const [folder, port] = await Promise.all([mkdtemp(join(tmpdir(), 'sentinel-')), freePort()]);
  const file = join(folder, 'sentinel.conf');
  await writeFile(
    file,
    `${portLines(port, tls)}
bind 127.0.0.1
dir ${folder}
sentinel monitor ${SENTINEL_GROUP} 127.0.0.1 ${primary.port} ${quorum}
sentinel down-after-milliseconds ${SENTINEL_GROUP} 500
sentinel failover-timeout ${SENTINEL_GROUP} ${failoverTimeoutMs}
${password === undefined ? '' : `requirepass ${JSON.stringify(password)}`}
`,
  );
  const child = spawnGuarded(binary, [file, '--sentinel'], { stdio: ['ignore', 'ignore', 'ignore'] });
  const ended = new Promise((settle) => child.once('exit', settle));
  const secured = tls === undefined ? {} : { tls: { ca: await readFile(tls.authority) } };
  const client = new Redis({ host: '127.0.0.1', port, password, disconnectTimeout: 50, ...secured });
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

function portLines(port: number, tls: SentinelOptions['tls']): string {
  if (tls === undefined) return `port ${port}`;
  return `port 0
tls-port ${port}
tls-cert-file ${tls.cert}
tls-key-file ${tls.key}
tls-ca-cert-file ${tls.authority}
tls-auth-clients no
tls-replication yes`;
}
