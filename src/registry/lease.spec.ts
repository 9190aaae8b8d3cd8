import { FakeClock } from '../fake-clock';
import { HeldLease } from './lease';
import { LeaseLostError } from './registry.errors';

const TIMES = { leaseTtlMs: 45_000, safetyMarginMs: 5_000 };
const REF = { exchangeId: 1, instanceId: 'i', claimId: 'c', fencingToken: 7 };

function held(clock = new FakeClock(), times = TIMES) {
  const proofs: (number | null)[] = [];
  const given: string[] = [];
  const lease = new HeldLease(
    { id: 1, name: 'coinbase' },
    REF,
    clock,
    times,
    clock.read(),
    async () => void given.push('back'),
    (remainingMs) => void proofs.push(remainingMs),
  );
  return { clock, lease, proofs, given };
}

function failureOf(act: () => void): unknown {
  try {
    act();
    return null;
  } catch (error) {
    return error;
  }
}

describe('HeldLease', () => {
  it('is held until TTL minus margin after its claim was sent, and not a moment longer', async () => {
    const { clock, lease } = held();
    await clock.advance(39_999);
    lease.assertHeld();
    expect(lease.remainingMs()).toBe(1);
    await clock.advance(1);
    expect(() => lease.assertHeld()).toThrow(LeaseLostError);
    expect(lease.signal.aborted).toBe(true);
    expect(lease.health).toBe('lost');
  });

  it('asks for an orderly stop after two thirds of the TTL', async () => {
    const { clock, lease } = held();
    await clock.advance(29_999);
    expect(lease.expiring.aborted).toBe(false);
    await clock.advance(1);
    expect(lease.expiring.aborted).toBe(true);
    expect(lease.signal.aborted).toBe(false);
  });

  it('counts from the sending of a renewal, not from its reply', async () => {
    const { clock, lease } = held();
    await clock.advance(15_000);
    const sentAt = clock.read();
    await clock.advance(9_000);
    expect(lease.extend(sentAt)).toBe(true);
    expect(lease.remainingMs()).toBe(31_000);
  });

  it('a renewal whose reply comes after the deadline demotes, it never revives (I1)', async () => {
    const { clock, lease } = held();
    await clock.advance(39_000);
    const sentAt = clock.read();
    clock.block(2_000);
    expect(lease.extend(sentAt)).toBe(false);
    expect(lease.signal.aborted).toBe(true);
    expect(lease.extend(clock.read())).toBe(false);
  });

  it('assertHeld notices a blocked event loop before any timer runs (I1)', () => {
    const { clock, lease } = held();
    clock.block(40_000);
    expect(lease.signal.aborted).toBe(false);
    expect(() => lease.assertHeld()).toThrow('could not be renewed for 40.0 s');
    expect(lease.signal.aborted).toBe(true);
  });

  it('assertHeld notices that the machine was suspended while the monotonic clock stood still (I1)', () => {
    const { clock, lease } = held();
    clock.suspend(40_000);
    expect(() => lease.assertHeld()).toThrow(LeaseLostError);
  });

  it('looks at the clocks by itself within a second after the machine wakes', async () => {
    const { clock, lease } = held();
    clock.suspend(40_000);
    await clock.advance(1_000);
    expect(lease.signal.aborted).toBe(true);
  });

  it('a wall clock set back does not lengthen it, one set forwards shortens it', async () => {
    const { clock, lease } = held();
    clock.setWallBy(-3_600_000);
    expect(lease.remainingMs()).toBe(40_000);
    clock.setWallBy(7_200_000);
    expect(lease.remainingMs()).toBe(0);
  });

  it('an unanswered renewal is doubt, not loss (I7)', async () => {
    const { clock, lease } = held();
    lease.doubt();
    expect(lease.health).toBe('unknown');
    lease.assertHeld();
    expect(lease.extend(clock.read())).toBe(true);
    expect(lease.health).toBe('held');
  });

  it('given back, it aborts nothing, and is not held any more', async () => {
    const { clock, lease } = held();
    lease.close();
    await lease.ended;
    expect([lease.signal.aborted, lease.expiring.aborted, lease.health]).toEqual([false, false, 'lost']);
    expect(() => lease.assertHeld()).toThrow(LeaseLostError);
    expect(clock.pendingTimers).toBe(0);
  });

  it('lost, it says who has it now and leaves no timer behind', async () => {
    const { clock, lease } = held();
    lease.lose({ kind: 'taken', cause: 'claimed-by-other', holder: null });
    await lease.ended;
    expect(() => lease.assertHeld()).toThrow('claimed-by-other; nobody holds it now');
    expect(clock.pendingTimers).toBe(0);
  });

  it('looks again at the very moment of each limit, not only once a second', async () => {
    const { clock, lease } = held(new FakeClock(), { leaseTtlMs: 1_200, safetyMarginMs: 190 });
    await clock.advance(799);
    expect(lease.expiring.aborted).toBe(false);
    await clock.advance(1);
    expect([lease.expiring.aborted, lease.signal.aborted]).toEqual([true, false]);
    await clock.advance(209);
    expect(lease.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(lease.signal.aborted).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('says until when it is proven, and for how long', async () => {
    const { clock, lease } = held();
    const startMs = clock.read().wallMs;
    expect(lease.deadline).toEqual(new Date(startMs + 40_000));
    await clock.advance(10_000);
    expect(lease.deadline).toEqual(new Date(startMs + 40_000));
    lease.extend(clock.read());
    expect(lease.deadline).toEqual(new Date(startMs + 50_000));
  });

  it('notices its end when its health is asked for, however blocked the event loop was', () => {
    const { clock, lease } = held();
    clock.block(40_000);
    expect(lease.health).toBe('lost');
    expect(lease.remainingMs()).toBe(0);
  });

  it('tells its watchdog for how long it is proven after each proof, and when there is nothing to watch', async () => {
    const { clock, lease, proofs } = held();
    await clock.advance(15_000);
    lease.extend(clock.read());
    expect(proofs).toEqual([40_000, 40_000]);
    lease.lose({ kind: 'abandoned' });
    lease.lose({ kind: 'abandoned' });
    expect(proofs).toEqual([40_000, 40_000, null]);
  });

  it('about to be given back, proves nothing, is watched no more, and can only be closed', async () => {
    const { clock, lease, proofs } = held();
    lease.retire();
    expect([lease.isRetired, lease.health, lease.remainingMs()]).toEqual([true, 'lost', 0]);
    expect([proofs.at(-1), clock.pendingTimers]).toEqual([null, 0]);
    expect(() => lease.assertHeld()).toThrow('it was given back');
    expect(lease.extend(clock.read())).toBe(false);
    clock.block(50_000);
    expect([lease.health, lease.signal.aborted]).toEqual(['lost', false]);
    let hasEnded = false;
    void lease.ended.then(() => (hasEnded = true));
    await clock.settle();
    expect([hasEnded, proofs]).toEqual([false, [40_000, null]]);
    lease.lose({ kind: 'abandoned' });
    await lease.ended;
    expect([lease.signal.aborted, lease.expiring.aborted]).toEqual([false, false]);
  });

  it('given back or lost, is not brought back by doubt, and proves nothing', () => {
    const { clock, lease } = held();
    lease.close();
    lease.doubt();
    expect([lease.health, lease.remainingMs(), lease.extend(clock.read())]).toEqual(['lost', 0, false]);
    clock.block(50_000);
    expect(failureOf(() => lease.assertHeld())).toMatchObject({
      code: 'LEASE_LOST',
      reason: { kind: 'taken', cause: 'released', holder: null },
    });
    expect(lease.signal.aborted).toBe(false);
  });

  it('is lost for the first reason only', () => {
    const { lease } = held();
    lease.lose({ kind: 'taken', cause: 'revoked', holder: null });
    lease.lose({ kind: 'abandoned' });
    lease.close();
    expect(lease.signal.reason).toMatchObject({ reason: { kind: 'taken', cause: 'revoked' } });
    expect(lease.expiring.reason).toBe(lease.signal.reason);
  });

  it('asks for an orderly stop once, and says for how long it was not renewed', async () => {
    const { clock, lease } = held();
    await clock.advance(30_000);
    const { reason } = lease.expiring;
    await clock.advance(5_000);
    expect(lease.expiring.reason).toBe(reason);
    expect(reason).toMatchObject({ reason: { kind: 'unproven', unrenewedMs: 30_000 } });
    await clock.advance(5_000);
    expect(lease.signal.reason).toMatchObject({ reason: { kind: 'unproven', unrenewedMs: 40_000 } });
  });

  it('is released by whoever it was told to ask', async () => {
    const { lease, given } = held();
    await lease.release();
    expect(given).toEqual(['back']);
  });
});
