import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { SystemClock } from '../../src/clock';
import { HeldLease } from '../../src/registry/lease';
import { StatusDocument } from '../../src/registry/status-document';
import { useCleanUp, useRedis } from '../support/hooks';
import { RealRegistries } from './real-registry';

const LEASES = 1_000;

const redis = useRedis();
const registries = new RealRegistries();

beforeAll(() => Logger.overrideLogger(false));
afterEach(() => registries.close());
useCleanUp();

describe(`${LEASES} leases held by one keeper`, () => {
  it('are renewed by one heartbeat, in batches, well within the command timeout', async () => {
    const parts = await registries.instance(redis.current);
    const leases = await Promise.all(Array.from({ length: LEASES }, (_, i) => claim(parts, i + 1)));
    const renew = jest.spyOn(parts.adapters.store, 'renew');
    const before = leases.map((lease) => lease.deadline.getTime());
    await parts.keeper.beat();
    expect(renew).toHaveBeenCalledTimes(1);
    // The boot clock moves in steps of 10 ms.
    const extended = (lease: HeldLease, i: number) => lease.deadline.getTime() > (before[i] ?? Infinity) - 20;
    expect(leases.every((lease, i) => lease.health === 'held' && extended(lease, i))).toBe(true);
    const ttls = await expiries(leases.length);
    expect(ttls.every((ttl) => ttl > parts.settings.leaseTtlMs - parts.settings.commandTimeoutMs)).toBe(true);
    for (const lease of leases) lease.close();
  });
});

type Parts = Awaited<ReturnType<RealRegistries['instance']>>;

async function claim({ adapters, instance, keeper, settings }: Parts, id: number): Promise<HeldLease> {
  const exchange = { id, name: `exchange-${id}` };
  const profile = { ipAddress: null, adminEmail: null, adminDisplayName: null, symbolCount: 0 };
  const claimId = randomUUID();
  const document = new StatusDocument(exchange, instance, profile, claimId, new Date().toISOString());
  const clock = new SystemClock();
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

async function expiries(count: number): Promise<number[]> {
  const client = redis.current.client();
  const ttls = await Promise.all(
    Array.from({ length: count }, (_, i) => client.pttl(`exchange:${i + 1}:status`)),
  );
  client.disconnect();
  return ttls;
}
