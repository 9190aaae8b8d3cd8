/** The little of an ioredis client that the adapters use; met by `Redis` and by `Cluster`, of version 5 and 6. */
export type RedisArgument = string | number;

export interface RedisPipeline {
  call(command: string, ...args: RedisArgument[]): unknown;
  exec(): Promise<[error: Error | null, result: unknown][] | null>;
}

export interface RedisLike {
  call(command: string, ...args: RedisArgument[]): Promise<unknown>;
  pipeline(): RedisPipeline;
  /** True on an ioredis `Cluster`. */
  readonly isCluster?: boolean;
}
