import type { Redis } from 'ioredis';
import type { ActivityEntry } from '../../src/registry/activity';
import { waitFor } from '../support/wait-for';
import type { HistoryEvent } from './history';
import { POISON, RedisWatch } from './redis-watch';

const TTL_MS = 100;

/** What a Redis answers that has just these keys. */
class FakeRedis {
  role = 'master';
  status: string | null = null;
  statusTtlMs = 50;
  commandsTtlMs = -2;
  readonly log: [string, string[]][] = [];
  points: string[] = [];
  looks = 0;

  append(event: Partial<ActivityEntry>): void {
    this.log.push([`${this.log.length + 1}-0`, ['event', JSON.stringify({ claimId: null, ...event })]]);
  }

  /** Of the two kinds of looks, each with the role first. */
  multi() {
    this.looks += 1;
    const replies: [null, unknown][] = [];
    const say = (value: unknown) => {
      replies.push([null, value]);
      return chain;
    };
    const chain = {
      role: () => say([this.role]),
      get: () => say(this.status),
      pttl: (key: string) => say(key.endsWith(':commands') ? this.commandsTtlMs : this.statusTtlMs),
      zrange: () => say(this.points),
      xrange: (_key: string, from: string) =>
        say(this.log.filter(([id]) => from === '-' || Number.parseInt(id) > Number.parseInt(from.slice(1)))),
      exec: async () => replies,
    };
    return chain;
  }
}

describe('the watch of Redis', () => {
  let redis: FakeRedis;
  let watch: RedisWatch;
  let notes: HistoryEvent[];
  beforeEach(() => {
    redis = new FakeRedis();
    notes = [];
    watch = new RedisWatch(
      () => redis as unknown as Redis,
      TTL_MS,
      (event) => notes.push(event),
    );
    watch.start();
  });
  afterEach(() => watch.stop());

  const status = (token: number, revision = 0) => `{"fencingToken":${token},"revision":${revision}}`;
  /** Until everything has been looked at once more. */
  const look = async () => {
    const before = redis.looks;
    await waitFor(() => redis.looks >= before + 4);
  };

  it('finds nothing where a status is written again and again, and notes whose it is', async () => {
    for (const revision of [1, 2, 3]) {
      redis.status = status(7, revision);
      await look();
    }
    redis.status = status(8);
    await look();
    redis.status = null;
    await look();
    expect(watch.findings).toEqual([]);
    expect(notes.map(({ what, token }) => [what, token])).toEqual([
      ['key-changed', 7],
      ['key-changed', 8],
      ['key-changed', 0],
    ]);
  });

  it('finds a status without a TTL, but not what a nemesis has put there', async () => {
    redis.statusTtlMs = -1;
    redis.status = POISON;
    await look();
    expect(watch.findings).toEqual([]);
    redis.status = status(7);
    await look();
    expect(watch.findings[0]).toMatch(/^status TTL/);
  });

  it('notes under which tokens the work has written since the look before', async () => {
    redis.points = ['7 a', '8 a'];
    await look();
    redis.points = ['7 b', '8 a'];
    await look();
    const written = notes.filter(({ what }) => what === 'data-written');
    expect(written.map(({ token }) => token)).toEqual([7, 8, 7]);
    const [, first, again] = written;
    expect(again?.at).toBeGreaterThanOrEqual(first?.until ?? Infinity);
    expect(again?.until).toBeGreaterThan(again?.at ?? Infinity);
  });

  it('finds commands without a TTL', async () => {
    redis.commandsTtlMs = -1;
    await look();
    expect(watch.findings[0]).toMatch(/^commands TTL/);
  });

  it('finds a status that stays for longer than its TTL and a second', async () => {
    redis.status = status(7);
    await waitFor(() => watch.findings.length > 0, { timeoutMs: 3_000 });
    expect(watch.findings[0]).toMatch(/^ghost: the same status is there for (?:1[1-9]|[2-9]\d)\d\d ms/);
  });

  it('does not count the time in which Redis may have kept it longer', async () => {
    redis.status = status(7);
    watch.keptLonger(5_000);
    await new Promise((resolve) => setTimeout(resolve, TTL_MS + 1_200));
    expect(watch.findings).toEqual([]);
  });

  it('finds one after a loss of all data too, unless its holder had just been robbed of it', async () => {
    redis.status = status(7);
    await look();
    watch.robbed();
    redis.status = status(8);
    await look();
    watch.forgotten();
    redis.status = status(7);
    await look();
    expect(watch.findings).toEqual([]);
    redis.status = status(6);
    await look();
    expect(watch.findings[0]).toMatch(/^foreign write: token 6 is back after 7/);
  });

  it('finds one that is older than the one that was robbed', async () => {
    redis.status = status(7);
    await look();
    watch.robbed();
    redis.status = status(8);
    await look();
    watch.forgotten();
    redis.status = status(6);
    await look();
    expect(watch.findings[0]).toMatch(/^foreign write: token 6 is back after 7/);
  });

  it('finds one after a loss of all data when the claim was robbed too long before', async () => {
    redis.status = status(7);
    await look();
    watch.robbed();
    redis.status = status(8);
    await new Promise((resolve) => setTimeout(resolve, TTL_MS));
    await look();
    watch.forgotten();
    redis.status = status(7);
    await look();
    expect(watch.findings[0]).toMatch(/^foreign write: token 7 is back after 8/);
  });

  it('finds an older token that comes back, but not after another server has taken over', async () => {
    redis.status = status(8);
    await look();
    watch.moved();
    redis.status = status(7);
    await look();
    expect(watch.findings).toEqual([]);
    redis.status = status(6);
    await look();
    expect(watch.findings[0]).toMatch(/^foreign write: token 6 is back after 7/);
  });

  it('looks away from one that is no primary any more', async () => {
    redis.role = 'slave';
    redis.statusTtlMs = -1;
    redis.status = status(7);
    redis.append({ instanceId: 'a', seq: 1, type: 'command-done' });
    await look();
    expect([watch.findings, watch.logged]).toEqual([[], []]);
  });

  it('reads the log: moves, commands and revocations, each once', async () => {
    const cause = 'why';
    redis.append({ instanceId: 'a', seq: 1, type: 'claimed', claimId: 'x', cause });
    redis.append({
      instanceId: 'a',
      seq: 2,
      type: 'transition',
      claimId: 'x',
      from: 'idle',
      to: 'starting',
      cause,
    });
    redis.append({ instanceId: 'a', seq: 3, type: 'command-done', cause });
    redis.append({ instanceId: 'b/revoke/1', seq: 1, type: 'revoked', cause });
    await look();
    watch.moved();
    await look();
    expect(watch.findings).toEqual([]);
    expect(watch.logged).toEqual([
      { instanceId: 'a', seq: 1, type: 'claimed', cause },
      { instanceId: 'a', seq: 2, type: 'transition', move: 'idle>starting', cause },
      { instanceId: 'a', seq: 3, type: 'command-done', cause },
      { instanceId: 'b/revoke/1', seq: 1, type: 'revoked', cause },
    ]);
    expect(notes.filter(({ what }) => what === 'log-lost')).toHaveLength(1);
  });

  it('finds a claim that is said to be given back while it stands', async () => {
    redis.status = JSON.stringify({ instanceId: 'a', claimId: 'x', fencingToken: 5 });
    redis.append({ instanceId: 'a', seq: 1, type: 'claimed', claimId: 'x', cause: '' });
    redis.append({ instanceId: 'a', seq: 2, type: 'released', claimId: 'y', cause: '' });
    await look();
    expect(watch.findings).toEqual([]);
    redis.append({ instanceId: 'a', seq: 3, type: 'released', claimId: 'x', cause: '' });
    await look();
    expect(watch.findings).toEqual([expect.stringMatching(/^release told: /)]);
  });

  it('finds an event that is in the log twice, also in one that was begun anew', async () => {
    redis.append({ instanceId: 'a', seq: 1, type: 'command-done', cause: '' });
    await look();
    watch.forgotten();
    await look();
    expect(watch.findings).toEqual([]);
    redis.append({ instanceId: 'a', seq: 1, type: 'command-done', cause: '' });
    await look();
    expect(watch.findings[0]).toMatch(/^activity once: event 1 of a is in the log after its event 1/);
  });

  it('finds a move that is none', async () => {
    redis.append({ instanceId: 'a', seq: 1, type: 'claimed', claimId: 'x' });
    redis.append({ instanceId: 'a', seq: 2, type: 'transition', claimId: 'x', from: 'idle', to: 'active' });
    await look();
    expect(watch.findings[0]).toMatch(/^activity chain: .*\(at \d/);
  });
});
