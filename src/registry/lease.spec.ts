import { FakeClock } from '../fake-clock';
import { HeldLease } from './lease';
import { LeaseLostError } from './registry.errors';

const TIMES = { leaseTtlMs: 45_000, safetyMarginMs: 5_000 };
const REF = { exchangeId: 1, instanceId: 'i', claimId: 'c', fencingToken: 7 };

function held(clock = new FakeClock()) {
  const lease = new HeldLease(
    { id: 1, name: 'coinbase' },
    REF,
    clock,
    TIMES,
    clock.read(),
    async () => undefined,
  );
  return { clock, lease };
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
});
