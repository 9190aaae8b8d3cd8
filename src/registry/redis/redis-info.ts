/** The facts of INFO that decide whether a Redis is fit. */
import type { RedisLike } from './redis-like';
import { UnexpectedReplyError } from './store-failure';

export interface RedisInfo {
  readonly version: string;
  readonly role: string;
  readonly evictionPolicy: string;
  /** 0: no limit. */
  readonly maxMemoryBytes: number;
  readonly replicas: number;
  /** Whether writes need replicas that keep up (`min-replicas-to-write`). */
  readonly demandsReplicas: boolean;
}

export async function readInfo(client: RedisLike): Promise<RedisInfo> {
  // All of it in one command: on Cluster each goes to a node of its own.
  const info = String(await client.call('info'));
  const fields = new Map(
    [...info.matchAll(/^([a-z_]+):(.*?)\r?$/gm)].map(([, name, value]): [string, string] => [
      name ?? '',
      value ?? '',
    ]),
  );
  const field = (name: string) => {
    const value = fields.get(name);
    if (value === undefined) throw new UnexpectedReplyError(`INFO without ${name}`);
    return value;
  };
  return {
    version: field('redis_version'),
    role: field('role'),
    evictionPolicy: field('maxmemory_policy'),
    maxMemoryBytes: Number(field('maxmemory')),
    replicas: Number(field('connected_slaves')),
    demandsReplicas: fields.has('min_slaves_good_slaves'),
  };
}
