/**
 * The memory adapter is only worth having if it decides as Redis does: random sequences of operations, by three
 * instances and an outsider, must give the same outcomes on both.
 */
import * as fc from 'fast-check';
import { useCleanUp, useRedis } from '../support/hooks';
import { redisWorld, type RedisWorld } from './contract/redis-world';
import {
  claimRequest,
  event,
  refOf,
  releaseRequest,
  renewRequest,
  revokeRequest,
  statusOf,
  writeRequest,
} from './contract/requests';
import type { StoreWorld } from './contract/store-world';
import { memoryWorld } from './contract/memory-world';

const RUNS = 100;
const DAY_MS = 86_400_000;

const claimId = fc.constantFrom('a1', 'a2', 'b1', 'c1');
const revision = fc.integer({ min: 1, max: 4 });
const seqs = fc.integer({ min: 0, max: 3 }).map((count) => Array.from({ length: count }, (_, at) => at + 1));

/** What may happen next. Tokens differ between the adapters, so a step names claims, not tokens. */
const step = fc.oneof(
  fc.record({
    kind: fc.constant('claim' as const),
    claimId,
    dead: fc.option(claimId),
    grace: fc.boolean(),
    seqs,
  }),
  fc.record({ kind: fc.constant('renew' as const), claimId, revision }),
  fc.record({ kind: fc.constant('write' as const), claimId, revision, seqs }),
  fc.record({ kind: fc.constant('release' as const), claimId, seqs }),
  fc.record({
    kind: fc.constant('revoke' as const),
    seen: fc.option(claimId),
    holderIsDead: fc.boolean(),
    grace: fc.boolean(),
    seqs,
  }),
  fc.record({ kind: fc.constant('append' as const), claimId, seqs }),
  fc.record({ kind: fc.constant('fenced write' as const), claimId }),
  fc.record({ kind: fc.constant('drop status' as const) }),
  fc.record({ kind: fc.constant('drop fence' as const) }),
  fc.record({ kind: fc.constant('change identity' as const) }),
  fc.record({
    kind: fc.constant('put' as const),
    text: fc.constantFrom('nonsense', '{}', '{"instanceId":"old"}', JSON.stringify(statusOf('z1')), ''),
    ttlMs: fc.constantFrom(null, 50_000, 500_000),
  }),
  fc.record({ kind: fc.constant('put other type' as const), ttlMs: fc.constantFrom(null, 50_000) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describe('memory and Redis', () => {
  const redis = useRedis({ shiftsClock: true });
  let world: RedisWorld;
  afterEach(() => world.connection.close());
  useCleanUp();
  beforeEach(async () => {
    world = await redisWorld(redis.current.client(), redis.current.application(), redis.current.shiftedClock);
    // As old as the store in memory: what is younger than a TTL has others wait for its age.
    world.shiftClock(DAY_MS);
  });

  it('decide alike, whatever happens in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 25 }), async (steps) => {
        await world.outsider.flushall();
        expect(await play(memoryWorld({ isOld: true }), steps)).toEqual(await play(world, steps));
      }),
      { numRuns: RUNS },
    );
    // Some thousand round trips: on a machine that is busy otherwise they have taken more than half a minute.
  }, 60_000);
});

/** Carries the steps out and tells what came of each, without times and tokens. */
async function play(world: StoreWorld, steps: readonly Step[]): Promise<unknown[]> {
  const tokens = new Map<string, number>();
  const story: unknown[] = [];
  for (const next of steps) {
    const outcome = await perform(world, next, tokens);
    await world.pass(1);
    const { entries } = await world.log.page(1, { count: 100, cursor: null });
    const ttlMs = await world.statusTtlMs();
    story.push({
      step: next,
      outcome,
      status: withoutToken(await world.statusText()),
      ttl: ttlMs === null || ttlMs === Infinity ? ttlMs : Math.ceil(ttlMs / 10_000),
      log: entries.map(({ instanceId, seq, predecessor }) => [instanceId, seq, predecessor?.ended]),
    });
  }
  return story;
}

function events(by: string, seqsOfIt: readonly number[]) {
  return seqsOfIt.map((seq) => event(by, seq));
}

async function perform(world: StoreWorld, next: Step, tokens: Map<string, number>): Promise<unknown> {
  const { store } = world;
  const held = (id: string) => ({ claimId: id, fencingToken: tokens.get(id) ?? 1 });
  switch (next.kind) {
    case 'claim': {
      const outcome = await store.claim(
        claimRequest(next.claimId, {
          replaceDeadClaimId: next.dead,
          emptyStoreGrace: next.grace,
          events: events(next.claimId, next.seqs),
        }),
      );
      if (outcome.outcome === 'claimed') tokens.set(next.claimId, outcome.fencingToken);
      return told(outcome);
    }
    case 'renew': {
      const claim = held(next.claimId);
      const status = statusOf(next.claimId, { fencingToken: claim.fencingToken, revision: next.revision });
      return (await store.renew([renewRequest(claim, { status })])).map(told);
    }
    case 'write': {
      const claim = held(next.claimId);
      const status = statusOf(next.claimId, { fencingToken: claim.fencingToken, revision: next.revision });
      return told(
        await store.write(writeRequest(claim, { status, events: events(next.claimId, next.seqs) })),
      );
    }
    case 'release':
      return told(
        await store.release(releaseRequest(held(next.claimId), { events: events(next.claimId, next.seqs) })),
      );
    case 'revoke': {
      const fencingToken = next.seen === null ? null : (tokens.get(next.seen) ?? 1);
      const { holderIsDead } = next;
      return told(
        await store.revoke(
          revokeRequest({
            fencingToken,
            holderIsDead,
            emptyStoreGrace: next.grace,
            events: events('o1', next.seqs),
          }),
        ),
      );
    }
    case 'append':
      return told(
        await store.append({
          exchangeId: 1,
          instanceId: next.claimId.slice(0, 1),
          events: events(next.claimId, next.seqs),
        }),
      );
    case 'fenced write':
      return told(
        await world.writer.write(refOf(held(next.claimId)), [{ name: 'SET', key: 'x', args: ['1'] }]),
      );
    case 'drop status':
      return world.dropStatus();
    case 'drop fence':
      return world.dropFence();
    case 'change identity':
      return world.changeIdentity();
    case 'put':
      return world.putStatus(next.text, next.ttlMs);
    case 'put other type':
      return world.putOtherType(next.ttlMs);
  }
}

/** An outcome without what must differ: tokens, times, error texts. */
function told(outcome: object): unknown {
  return JSON.parse(
    JSON.stringify(outcome, (key, value: unknown) => {
      if (/Token$|TimeMs$|InMs$|AfterMs$|^error$|^problem$/.test(key)) return undefined;
      return value;
    }),
  );
}

function withoutToken(text: string | null): string | null {
  return text?.replace(/"fencingToken":\d+/, '"fencingToken":…') ?? null;
}
