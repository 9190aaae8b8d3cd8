/** Counts what a Redis server was asked to do, so that "one round trip" can be asserted. */
import { monitorOf } from './monitor';
import type { RedisServer } from './redis-server';

/** Calls by command name in lower case (`evalsha`, `config|get`), those made inside scripts included. */
export type CommandCounts = Readonly<Record<string, number>>;

/** What a client asks for itself as it connects (`hello`: ioredis 6), and the question for the counters. */
const OWN = /^(?:info|hello|client\|.*)$/;

/** Reads the server's own counters. The client that asks is not among them (`info` and its greeting are left out). */
export async function countCommands(redis: RedisServer): Promise<CommandCounts> {
  const client = redis.client();
  const info = await client.info('commandstats');
  client.disconnect();
  const counts: Record<string, number> = {};
  for (const [, name, calls] of info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) {
    if (name !== undefined && !OWN.test(name)) counts[name] = Number(calls);
  }
  return counts;
}

/** The commands the server received between now and the end of `act`, beyond what it had counted before. */
export async function commandsDuring(
  redis: RedisServer,
  act: () => Promise<unknown>,
): Promise<CommandCounts> {
  const before = await countCommands(redis);
  await act();
  const after = await countCommands(redis);
  return Object.fromEntries(
    Object.entries(after)
      .map(([name, calls]): [string, number] => [name, calls - (before[name] ?? 0)])
      .filter(([, calls]) => calls > 0),
  );
}

/**
 * The commands clients sent while `act` ran, as the server saw them, those made inside scripts left out: the number
 * of round trips is their number. `info`, `client`, `auth` and `select` greetings are left out.
 */
export async function requestsDuring(redis: RedisServer, act: () => Promise<unknown>): Promise<string[][]> {
  const seen: string[][] = [];
  const asking = redis.client();
  const monitor = await monitorOf(asking);
  asking.disconnect();
  monitor.on('monitor', (_time: string, args: string[], source: string) => {
    if (source !== 'lua' && !GREETINGS.has(args[0]?.toLowerCase() ?? '')) seen.push(args);
  });
  const marker = redis.client();
  await act();
  // The monitor shows commands in the server's order: once the marker is seen, nothing of `act` is missing.
  const token = `end-of-act-${process.hrtime.bigint()}`;
  const arrived = new Promise<void>((resolve) =>
    monitor.on('monitor', (_time: string, args: string[]) => args[1] === token && resolve()),
  );
  await marker.echo(token);
  await arrived;
  marker.disconnect();
  monitor.disconnect();
  return seen.filter((args) => args[1] !== token);
}

const GREETINGS = new Set(['info', 'client', 'auth', 'select', 'hello', 'ping']);
