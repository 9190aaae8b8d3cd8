import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { claimScript } from '../../src/registry/redis/claim.script';
import { releaseScript, renewScript, writeScript } from '../../src/registry/redis/holder.scripts';
import { keys } from '../../src/registry/redis/keys';
import { appendScript, readScript, revokeScript } from '../../src/registry/redis/observer.scripts';
import { sendCommandScript, takeCommandScript } from '../../src/registry/redis/redis-command-queue';
import { fencedWriteScript } from '../../src/registry/redis/redis-fenced-writer';
import { scriptArguments } from '../../src/registry/redis/script';
import { commandsDuring, requestsDuring } from '../support/command-count';
import { useCleanUp, useRedis } from '../support/hooks';
import { redisWorld, type RedisWorld } from './contract/redis-world';
import {
  claimed,
  claimRequest,
  COMMAND,
  event,
  refOf,
  releaseRequest,
  renew,
  renewRequest,
  revokeRequest,
  writeRequest,
} from './contract/requests';

const held = { claimId: 'a1', fencingToken: 7 };
const events = [event('a1', 1), event('a1', 2)];
const requestId = 'r';
const zadd = { name: 'ZADD' as const, key: 'candles', args: [1, 'x'] };

/** What each script is sent, with two events (or commands) where it takes any number. */
const SENT = [
  { script: claimScript, args: scriptArguments(claimScript, claimRequest('a1', { events })), rest: 4 },
  { script: renewScript, args: scriptArguments(renewScript, renewRequest(held)), rest: 0 },
  { script: writeScript, args: scriptArguments(writeScript, writeRequest(held, { events })), rest: 4 },
  { script: releaseScript, args: scriptArguments(releaseScript, releaseRequest(held, { events })), rest: 4 },
  {
    script: revokeScript,
    args: scriptArguments(revokeScript, { ...revokeRequest({ events }), requestId }),
    rest: 4,
  },
  {
    script: appendScript,
    args: scriptArguments(appendScript, { exchangeId: 1, instanceId: 'a', events, requestId }),
    rest: 4,
  },
  { script: readScript, args: scriptArguments(readScript, { exchangeId: 1, requestId }), rest: 0 },
  {
    script: sendCommandScript,
    args: scriptArguments(sendCommandScript, { exchangeId: 1, command: COMMAND, ttlMs: 1, requestId }),
    rest: 0,
  },
  {
    script: takeCommandScript,
    args: scriptArguments(takeCommandScript, { exchangeId: 1, queueId: '1-1', taker: 'a1', requestId }),
    rest: 0,
  },
  {
    script: fencedWriteScript,
    args: scriptArguments(fencedWriteScript, { claim: refOf(held), commands: [zadd], requestId }),
    rest: 5,
  },
].map((sent) => ({ ...sent, name: sent.script.name }));

describe('the header of a script', () => {
  it.each(SENT)('$name tells the truth about keys and arguments', ({ name, args, rest }) => {
    const source = readFileSync(join(__dirname, `../../src/registry/redis/scripts/${name}.lua`), 'utf8');
    const documented = (array: string) => [
      ...source.matchAll(new RegExp(`^-- ${array}\\[(\\d+)\\]( \\.\\.\\.)? `, 'gm')),
    ];
    const [keyCount] = args;
    const keyLines = documented('KEYS');
    const argumentLines = documented('ARGV');
    expect(keyLines.map(([, position]) => Number(position))).toEqual(keyLines.map((_, at) => at + 1));
    expect(keyLines).toHaveLength(Number(keyCount));
    expect(argumentLines.map(([, position]) => Number(position))).toEqual(
      argumentLines.map((_, at) => at + 1),
    );
    const fixed = argumentLines.filter(([, , dots]) => dots === undefined);
    expect(fixed).toHaveLength(args.length - 1 - Number(keyCount) - rest);
    expect(argumentLines.length - fixed.length).toBe(rest > 0 ? 1 : 0);
    expect(source).toMatch(new RegExp(`^-- ${name}: `));
    expect(source).toMatch(/^-- Returns /m);
  });

  it.each(SENT)('$name stays short', ({ script }) => {
    const own = script.source.slice(script.source.indexOf(`-- ${script.name}:`));
    expect(own.split('\n').length).toBeLessThanOrEqual(90);
  });
});

describe('the scripts on a real Redis', () => {
  const redis = useRedis();
  let world: RedisWorld;
  afterEach(() => world.connection.close());
  useCleanUp();
  beforeEach(async () => {
    world = await redisWorld(redis.current.client(), redis.current.application());
  });

  it('make one round trip for each claim, renewal, transition and release', async () => {
    const { store } = world;
    const warm = await claimed(store, 'a0');
    await renew(store, warm);
    await store.write(writeRequest(warm));
    await store.release(releaseRequest(warm));
    const requests = await requestsDuring(redis.current, async () => {
      const claim = await claimed(store, 'a1', { events: [event('a1', 1)] });
      await renew(store, claim);
      await store.write(writeRequest(claim, { events: [event('a1', 2)] }));
      await store.release(releaseRequest(claim, { events: [event('a1', 3)] }));
    });
    expect(requests.map(([name]) => name)).toEqual(['evalsha', 'evalsha', 'evalsha', 'evalsha']);
  });

  it('renew a thousand leases with a thousand EVALSHA and nothing else', async () => {
    const leases = await Promise.all(
      Array.from({ length: 1_000 }, (_, at) => claimed(world.store, 'a1', { exchangeId: at + 1 })),
    );
    const requests = leases.map((lease, at) => ({ ...renewRequest(lease), exchangeId: at + 1 }));
    await world.store.renew(requests.slice(0, 1));
    const counts = await commandsDuring(redis.current, () => world.store.renew(requests));
    expect(counts).toMatchObject({ evalsha: 1_000 });
    expect(counts.eval).toBeUndefined();
  });

  it('keep about 50,000 events of an exchange, the newest', async () => {
    const client = redis.current.client();
    const key = keys.activity(1);
    const former = client.pipeline();
    for (let count = 0; count < 50_300; count += 1) former.xadd(key, '*', 'event', '{}');
    await former.exec();
    await world.store.append({ exchangeId: 1, instanceId: 'a', events: [event('a1', 1)] });
    const kept = await client.xlen(key);
    expect(kept).toBeGreaterThanOrEqual(50_000);
    // Redis drops whole nodes, of a hundred entries each.
    expect(kept).toBeLessThan(50_200);
    const [[, fields] = []] = await client.xrevrange(key, '+', '-', 'COUNT', 1);
    expect(JSON.parse(fields?.[1] ?? '')).toMatchObject({ instanceId: 'a', seq: 1 });
  });

  it('are sent whole once when Redis has forgotten them, alone and in a batch', async () => {
    const { store, outsider } = world;
    const first = await claimed(store, 'a1');
    const second = await claimed(store, 'a2', { exchangeId: 2 });
    await outsider.script('FLUSH');
    expect(await store.read([1])).toMatchObject([{ outcome: 'read' }]);
    await outsider.script('FLUSH');
    const batch = [renewRequest(first), { ...renewRequest(second), exchangeId: 2 }];
    const counts = await commandsDuring(redis.current, async () => {
      expect(await store.renew(batch)).toMatchObject([{ outcome: 'renewed' }, { outcome: 'renewed' }]);
    });
    expect(counts).toMatchObject({ eval: 1, evalsha: 3 });
  });

  it('leave no key without TTL but the fence, the log and data', async () => {
    const { store, queue, outsider } = world;
    const lasting: string[] = [];
    const look = async () => {
      for (const key of await outsider.keys('*')) {
        if ((await outsider.pttl(key)) === -1 && !lasting.includes(key)) lasting.push(key);
      }
    };
    const claim = await claimed(store, 'a1', { events: [event('a1', 1)] });
    await look();
    await renew(store, claim);
    await look();
    await store.write(writeRequest(claim, { events: [event('a1', 2)] }));
    await look();
    await queue.take(1, await queue.send(1, COMMAND, 1_000), 'a1');
    await queue.send(1, COMMAND, 1_000);
    await look();
    await store.revoke(revokeRequest({ events: [event('o1', 1)] }));
    await store.release(releaseRequest(claim, { events: [event('a1', 3)] }));
    await look();
    expect(lasting.toSorted((a, b) => a.localeCompare(b))).toEqual([keys.activity(1), keys.fence(1)]);
  });

  it('delete the key of the predecessor with the first claim', async () => {
    const { store, outsider } = world;
    await outsider.set('exchange:status:1', 'old');
    await claimed(store, 'a1');
    expect(await outsider.exists('exchange:status:1')).toBe(0);
  });

  it.each([
    { what: 'words', fence: 'nonsense' },
    { what: 'no token', fence: '0 a1 held 0 r i' },
    { what: 'a token beyond 2^53', fence: '9007199254740993 a1 held 0 r i' },
    { what: 'an unknown end', fence: '12 a1 owned 0 r i' },
    { what: 'a part too many', fence: '12 a1 held 0 r i j' },
    { what: 'a megabyte', fence: 'x'.repeat(1_000_000) },
  ])('treat a fence of $what as none', async ({ fence }) => {
    const { store, outsider } = world;
    await outsider.set(keys.fence(1), fence);
    expect(await store.read([1])).toMatchObject([{ fencingToken: null }]);
    const claim = await claimed(store, 'b1');
    expect(claim.predecessor).toBeNull();
    expect((await outsider.get(keys.fence(1)))?.split(' ').slice(0, 4)).toEqual([
      String(claim.fencingToken),
      'b1',
      'held',
      '0',
    ]);
  });

  it('replace a fence, a log and a journal of another type', async () => {
    const { store, outsider, log } = world;
    await outsider.rpush(keys.fence(1), 'x');
    await outsider.set(keys.activity(1), 'x');
    await outsider.rpush(keys.journal(1, 'a'), 'x');
    expect(await log.page(1, { count: 1, cursor: null })).toEqual({ entries: [], nextCursor: null });
    const claim = await claimed(store, 'a1', { events: [event('a1', 1, 'claimed')] });
    expect(claim.loggedSeq).toBe(1);
    expect((await log.page(1, { count: 5, cursor: null })).entries).toHaveLength(1);
  });

  it('give nobody a command that has no end', async () => {
    const { queue, outsider } = world;
    const queueId = (await outsider.xadd(keys.commands(1), '*', 'command', JSON.stringify(COMMAND))) ?? '';
    expect(await queue.take(1, queueId, 'a1')).toBe('gone');
    expect(await outsider.xlen(keys.commands(1))).toBe(0);
  });

  it('show no entry of the log that is not ours', async () => {
    const { store, outsider, log } = world;
    await outsider.xadd(keys.activity(1), '*', 'event', 'nonsense');
    await outsider.xadd(keys.activity(1), '*', 'hello', 'there');
    await store.append({ exchangeId: 1, instanceId: 'a', events: [event('a1', 1)] });
    expect((await log.page(1, { count: 9, cursor: null })).entries).toHaveLength(1);
  });

  it('tell of a holder whose TTL is beyond 2^53', async () => {
    const { store, outsider } = world;
    const text = '{"instanceId":"x","claimId":"x1","fencingToken":7}';
    await outsider.set(keys.status(1), text, 'PX', '9200000000000000000');
    expect(await store.claim(claimRequest('a1'))).toMatchObject({ outcome: 'refused' });
    expect(await store.revoke(revokeRequest())).toMatchObject({ outcome: 'revoked' });
  });

  it('print tokens near 2^53 exactly', async () => {
    const { store, outsider } = world;
    await outsider.set(keys.fence(1), '9007199254740989 z1 released 0 r z');
    const { fencingToken, predecessor } = await claimed(store, 'a1');
    expect([predecessor?.fencingToken, fencingToken]).toEqual([9007199254740989, 9007199254740990]);
  });
});
