import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { FakeClock } from '../../src/fake-clock';
import { HeldLease } from '../../src/registry/lease';
import { StatusDocument } from '../../src/registry/status-document';
import { useCleanUp, useRedis } from '../support/hooks';
import { RealRegistries } from './real-registry';

const LEASES = 1_000;
/** As many calls as the adapter puts into one pipeline at most. */
const BATCH = 200;

const redis = useRedis();
const registries = new RealRegistries();

beforeAll(() => Logger.overrideLogger(false));
afterEach(() => registries.close());
afterEach(() => jest.restoreAllMocks());
useCleanUp();

describe(`${LEASES} leases held by one keeper`, () => {
  it('are renewed by one heartbeat, in batches, well within the command timeout', async () => {
    const clock = new FakeClock();
    const parts = await registries.instance(redis.current, {}, redis.current.url, clock);
    const leases = await Promise.all(Array.from({ length: LEASES }, (_, i) => claim(parts, clock, i + 1)));
    const { leaseTtlMs, commandTimeoutMs } = parts.settings;
    const pipelines = jest.spyOn(Redis.prototype, 'pipeline');
    const calls = jest.spyOn(Redis.prototype, 'call');
    // The first also brings the script.
    await parts.keeper.beat();
    expect(pipelines.mock.calls.length).toBeLessThanOrEqual((2 * LEASES) / BATCH);

    const before = leases.map((lease) => lease.deadline.getTime());
    await shorten(LEASES, leaseTtlMs / 3);
    await clock.advance(5_000);
    pipelines.mockClear();
    await parts.keeper.beat();
    expect(pipelines).toHaveBeenCalledTimes(LEASES / BATCH);
    expect(calls).not.toHaveBeenCalled();
    // A renewal that came too late counts as unanswered.
    expect(leases.filter(({ health }) => health !== 'held')).toEqual([]);
    expect(leases.map((lease, i) => lease.deadline.getTime() - before[i]!)).toEqual(
      Array(LEASES).fill(5_000),
    );
    const ttls = await expiries(LEASES);
    expect(ttls.filter((ttl) => ttl <= leaseTtlMs - commandTimeoutMs)).toEqual([]);
    for (const lease of leases) lease.close();
  });
});

type Parts = Awaited<ReturnType<RealRegistries['instance']>>;

async function claim(
  { adapters, instance, keeper, settings }: Parts,
  clock: FakeClock,
  id: number,
): Promise<HeldLease> {
  const exchange = { id, name: `exchange-${id}` };
  const profile = { ipAddress: null, adminEmail: null, adminDisplayName: null, symbolCount: 0 };
  const claimId = randomUUID();
  const document = new StatusDocument(exchange, instance, profile, claimId, new Date().toISOString());
  const sentAt = clock.read();
  const { instanceId } = instance;
  const outcome = await adapters.store.claim({
    exchangeId: id,
    instanceId,
    claimId,
    status: document.next(),
    ttlMs: settings.leaseTtlMs,
    events: [],
    replaceDeadClaimId: null,
    emptyStoreGrace: false,
    waitReplicas: 0,
    waitTimeoutMs: 0,
  });
  if (outcome.outcome !== 'claimed') throw new Error(`exchange ${id}: ${outcome.outcome}`);
  const { fencingToken } = outcome;
  const ref = { exchangeId: id, instanceId, claimId, fencingToken };
  const lease: HeldLease = new HeldLease(exchange, ref, clock, settings, sentAt, async () => lease.close());
  keeper.keep(
    lease,
    outcome.storeTimeMs,
    () => ({ ...document.next(), fencingToken }),
    () => undefined,
  );
  return lease;
}

const statusKeys = (count: number) => Array.from({ length: count }, (_, i) => `exchange:${i + 1}:status`);

async function shorten(count: number, ttlMs: number): Promise<void> {
  const client = redis.current.client();
  const shortened = await Promise.all(statusKeys(count).map((key) => client.pexpire(key, ttlMs)));
  client.disconnect();
  expect(shortened).toEqual(Array(count).fill(1));
}

async function expiries(count: number): Promise<number[]> {
  const client = redis.current.client();
  const ttls = await Promise.all(statusKeys(count).map((key) => client.pttl(key)));
  client.disconnect();
  return ttls;
}
