/** What the registry accepts as a source of connections. */
export type RedisSource = object;
