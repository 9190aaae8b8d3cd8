/**
 * The rights a Redis user needs here, and a harmless way to find out whether it has them.
 *
 * Decides what is asked for: docs/redis-acl.md shows the same as one ACL line, and a test keeps the two equal. Asks by doing,
 * because a user with no more than these rights may ask ACL nothing: each command is sent in a form that changes nothing.
 * Not seen: keys of exchanges other than the first.
 */
import { messageOf } from '../../errors';
import type { RedisArgument, RedisLike } from './redis-like';

/** A key nobody writes, where every form below finds nothing to do. */
const IDLE_KEY = '{exchange:1:status}:preflight';

/** Each command, with arguments under which it changes nothing. */
export const NEEDED_COMMANDS: Readonly<Record<string, readonly RedisArgument[]>> = {
  evalsha: ['0'.repeat(40), 0],
  eval: ['return 1', 0],
  info: ['server'],
  time: [],
  type: [IDLE_KEY],
  get: [IDLE_KEY],
  getex: [IDLE_KEY],
  set: [IDLE_KEY, '', 'PX', 1, 'XX'],
  del: [IDLE_KEY],
  strlen: [IDLE_KEY],
  pttl: [IDLE_KEY],
  pexpire: [IDLE_KEY, 1],
  xadd: [IDLE_KEY, 'NOMKSTREAM', '*', 'event', ''],
  xtrim: [IDLE_KEY, 'MAXLEN', 0],
  xrange: [IDLE_KEY, '-', '+', 'COUNT', 1],
  xrevrange: [IDLE_KEY, '+', '-', 'COUNT', 1],
  xread: ['COUNT', 1, 'STREAMS', IDLE_KEY, '0-0'],
  xdel: [IDLE_KEY, '0-1'],
  zadd: [IDLE_KEY, 'XX', 0, ''],
  zrevrange: [IDLE_KEY, 0, 0],
  zremrangebyscore: [IDLE_KEY, 0, 0],
  zremrangebyrank: [IDLE_KEY, 0, 0],
};

/** Each pattern of keys, with a key of it. The two first are those of the claims themselves: trimming no stream is harmless. */
export const NEEDED_KEYS: Readonly<Record<string, string>> = {
  'exchange:*:status': 'exchange:1:status',
  'exchange:status:*': 'exchange:status:1',
  '{exchange:*:status}:*': IDLE_KEY,
};

/** Longer than any stream: nothing is ever cut off. */
const TRIMS_NOTHING = ['MAXLEN', Number.MAX_SAFE_INTEGER] as const;

export interface RightsWanted {
  /** A claim waits for replicas. */
  readonly waitReplicas: boolean;
}

/** The rights that are missing, as an ACL rule spells them: `+info`, `~exchange:*:status`. Rejects when Redis gives no answer. */
export async function missingRights(client: RedisLike, { waitReplicas }: RightsWanted): Promise<string[]> {
  const commands = { ...NEEDED_COMMANDS, ...(waitReplicas ? { wait: [0, 1] } : {}) };
  const asked = [
    ...Object.entries(commands).map(([name, args]) => mayRun(client, name, args)),
    ...Object.entries(NEEDED_KEYS).map(([pattern, key]) => mayTouch(client, pattern, key)),
  ];
  const missing = (await Promise.all(asked)).filter((right) => right !== null);
  return [...new Set(missing)];
}

/** The right to run the command, if that is what is missing. */
async function mayRun(
  client: RedisLike,
  name: string,
  args: readonly RedisArgument[],
): Promise<string | null> {
  return (await refusalOf(client, name, args)) === 'command' ? `+${name}` : null;
}

/** The right to the keys, if that is what is missing: to read them, or to write them. */
async function mayTouch(client: RedisLike, pattern: string, key: string): Promise<string | null> {
  const refusals = await Promise.all([
    refusalOf(client, 'type', [key]),
    refusalOf(client, 'xtrim', [key, ...TRIMS_NOTHING]),
  ]);
  return refusals.includes('keys') ? `~${pattern}` : null;
}

/** What Redis says of the user. Any other answer means that it was let through; none at all is for the caller. */
async function refusalOf(
  client: RedisLike,
  name: string,
  args: readonly RedisArgument[],
): Promise<'command' | 'keys' | null> {
  try {
    await client.call(name, ...args);
    return null;
  } catch (error) {
    const message = messageOf(error);
    if (!/^[A-Z]+ /.test(message)) throw error;
    if (!message.startsWith('NOPERM')) return null;
    return /to run the/.test(message) ? 'command' : 'keys';
  }
}
