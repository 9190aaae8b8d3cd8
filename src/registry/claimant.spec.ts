import { COINBASE, registryWorld } from '../../test/support/registry-world';
import type { ClaimOutcome, ClaimRequest, ReleaseOutcome } from './lease-store';
import { StoreUnavailableError } from './registry.errors';
import type { RegistryModuleOptions } from './registry.options';

const GRANTED = {
  outcome: 'claimed',
  claimId: '',
  fencingToken: 9,
  predecessor: null,
  storeTimeMs: 0,
  replicas: 0,
  loggedSeq: 1,
} as const;
const SILENCE = { outcome: 'unknown', error: new Error('silence') } as const;

/** An instance whose store answers what the test says, in this order; everything that was asked is kept. */
function claiming(answers: readonly ClaimOutcome[], options: RegistryModuleOptions = {}) {
  const world = registryWorld();
  const { registry, link, ...parts } = world.instance({ commandTimeoutMs: 1_000, ...options });
  const asked: ClaimRequest[] = [];
  const released: string[] = [];
  const left = [...answers];
  link.claim = async (request) => {
    asked.push(request);
    const answer = left.shift() ?? SILENCE;
    return answer.outcome === 'claimed' ? { ...answer, claimId: request.claimId } : answer;
  };
  const releasing: { answer: ReleaseOutcome } = { answer: { outcome: 'released', loggedSeq: 1 } };
  link.release = async ({ claimId, fencingToken }) => {
    released.push(`${claimId} ${fencingToken}`);
    return releasing.answer;
  };
  return { ...world, ...parts, registry, link, asked, released, releasing };
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

describe('a claim', () => {
  it('is sent with everything that decides about it', async () => {
    const { registry, asked } = claiming([GRANTED], { leaseTtlMs: 20_000, heartbeatIntervalMs: 6_000 });
    await registry.register(COINBASE, { actor: 'operator', cause: 'by hand' });
    expect(asked).toMatchObject([
      {
        exchangeId: 1,
        instanceId: registry.instanceId,
        ttlMs: 20_000,
        replaceDeadClaimId: null,
        emptyStoreGrace: true,
        waitReplicas: 0,
        waitTimeoutMs: 500,
        events: [{ type: 'claimed', seq: 1, actor: 'operator', cause: 'by hand' }],
      },
    ]);
    expect(asked[0]?.events[0]?.claimId).toBe(asked[0]?.claimId);
  });

  it('without an answer is sent three times, under one name, and then given back', async () => {
    const { clock, registry, asked, released } = claiming([]);
    const refused = failure(registry.register(COINBASE));
    await clock.advance(249);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    expect(asked).toHaveLength(2);
    await clock.advance(250);
    expect(await refused).toBeInstanceOf(StoreUnavailableError);
    expect(new Set(asked.map(({ claimId }) => claimId)).size).toBe(1);
    expect(asked).toHaveLength(3);
    expect(released).toEqual([`${asked[0]?.claimId} 0`]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('without an answer says why there was none', async () => {
    const { clock, registry } = claiming([]);
    const refused = failure(registry.register(COINBASE));
    await clock.advance(1_000);
    expect(await refused).toMatchObject({ operation: 'claim', reason: 'silence', cause: SILENCE.error });
  });

  it('passes on what the store says of itself', async () => {
    const error = new StoreUnavailableError('claim', 'READONLY');
    const { clock, registry } = claiming(Array.from({ length: 3 }, () => ({ outcome: 'unknown', error })));
    const refused = failure(registry.register(COINBASE));
    await clock.advance(1_000);
    expect(await refused).toBe(error);
  });

  it.each([
    [{ outcome: 'deferred', reason: 'empty-store', retryAfterMs: 7_000 }, 'CLAIM_DEFERRED'],
    [
      { outcome: 'refused', reading: { kind: 'garbage', problem: 'a value' }, expiresInMs: 1 },
      'EXCHANGE_TAKEN',
    ],
    [
      { outcome: 'poisoned', reading: { kind: 'garbage', problem: 'a list' }, expiresInMs: 1 },
      'STATUS_POISONED',
    ],
  ] as const)(
    'surely not granted (%j) leaves no trace in the log and gives nothing back',
    async (answer, code) => {
      const { clock, registry, journal, released, chain } = claiming([answer]);
      expect(await failure(registry.register(COINBASE))).toMatchObject({ code });
      await clock.settle();
      expect([released, journal.pending(1), await chain()]).toEqual([[], [], []]);
    },
  );

  it('passes on for how long it has to wait', async () => {
    const { registry } = claiming([{ outcome: 'deferred', reason: 'revoked', retryAfterMs: 7_000 }]);
    expect(await failure(registry.register(COINBASE))).toMatchObject({
      reason: 'revoked',
      retryAfterMs: 7_000,
    });
  });

  it('that too few replicas have seen is given back (I1)', async () => {
    const { registry, asked, released } = claiming([{ ...GRANTED, replicas: 1 }], { waitReplicas: 2 });
    expect(await failure(registry.register(COINBASE))).toMatchObject({ code: 'REPLICAS_MISSING' });
    expect(asked[0]?.waitReplicas).toBe(2);
    expect(released).toEqual([`${asked[0]?.claimId} 0`]);
  });

  it('that enough replicas have seen counts', async () => {
    const { registry } = claiming([{ ...GRANTED, replicas: 2 }], { waitReplicas: 2 });
    await expect(registry.register(COINBASE)).resolves.toMatchObject({ fencingToken: 9 });
  });

  it('whose answer comes at its very deadline is given back', async () => {
    const { clock, registry, link, released } = claiming([]);
    link.claim = async ({ claimId }) => {
      clock.suspend(40_000);
      return { ...GRANTED, claimId };
    };
    expect(await failure(registry.register(COINBASE))).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      operation: 'claim',
    });
    expect(released).toHaveLength(1);
  });

  it('called off before it is sent asks nobody and leaves no trace', async () => {
    const { clock, registry, asked, released, journal } = claiming([GRANTED]);
    const signal = AbortSignal.abort();
    expect(await failure(registry.register(COINBASE, { signal }))).toMatchObject({ code: 'CLAIM_ABORTED' });
    await clock.settle();
    expect([asked, released, journal.pending(1)]).toEqual([[], [], []]);
  });

  it('called off while it waits for a second try is not sent again, and is given back', async () => {
    const { clock, registry, asked, released } = claiming([SILENCE, GRANTED]);
    const calledOff = new AbortController();
    const refused = failure(registry.register(COINBASE, { signal: calledOff.signal }));
    await clock.advance(100);
    calledOff.abort();
    expect(await refused).toMatchObject({ code: 'CLAIM_ABORTED' });
    expect([asked.length, released.length, clock.pendingTimers]).toEqual([1, 1, 0]);
  });

  it('given back without having been taken leaves no trace in the log', async () => {
    const { clock, registry, releasing, journal, chain } = claiming([]);
    releasing.answer = { outcome: 'not-held', holder: null, loggedSeq: 0 };
    const refused = failure(registry.register(COINBASE));
    await clock.advance(1_000);
    await refused;
    expect([journal.pending(1), await chain()]).toEqual([[], []]);
  });

  it('taken after all and given back says so in the log', async () => {
    const { clock, registry, activity } = claiming([]);
    const refused = failure(registry.register(COINBASE));
    await clock.advance(1_000);
    await refused;
    const entries = await activity();
    expect(entries).toMatchObject([{ type: 'released', actor: 'system', cause: 'claim abandoned', seq: 2 }]);
    expect(entries[0]?.claimId).not.toBeNull();
  });

  it('asks but once in place of a holder that is over', async () => {
    const { instance } = registryWorld();
    const identity = { bootId: 'b', pidNamespace: 'pid:[1]', startTicks: '100' };
    const one = instance({ hostname: 'h' }, { own: () => identity, startTicksOf: () => '100' });
    await one.registry.register(COINBASE);
    const two = instance(
      { hostname: 'h' },
      { own: () => ({ ...identity, startTicks: '2' }), startTicksOf: () => null },
    );
    const named: (string | null)[] = [];
    const refuse = two.link.claim.bind(two.link);
    two.link.claim = (request) => {
      named.push(request.replaceDeadClaimId);
      return refuse({ ...request, replaceDeadClaimId: null });
    };
    expect(await failure(two.registry.register(COINBASE))).toMatchObject({ code: 'EXCHANGE_TAKEN' });
    expect(named).toEqual([null, one.registry.lease?.claimId]);
  });
});
