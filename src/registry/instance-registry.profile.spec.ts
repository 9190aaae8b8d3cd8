import { logLines } from '../../test/support/log-lines';
import { COINBASE, registryWorld } from '../../test/support/registry-world';

describe('what an instance says of itself', () => {
  const startup = { phase: 'backfill', percent: 1, current: 1, total: 2, item: 'BTC-USD' };

  it('is its status with the token, and nothing while it holds nothing', async () => {
    const { instance, published } = registryWorld();
    const { registry } = instance();
    expect(registry.getStatus()).toBeNull();
    await registry.register(COINBASE);
    expect(registry.getStatus()).toEqual(published());
    await registry.deregister();
    expect(registry.getStatus()).toBeNull();
  });

  it('before it holds anything is published with the claim, and afterwards with the next', async () => {
    const { clock, instance, published } = registryWorld();
    const { registry } = instance();
    registry.setIpAddress('203.0.113.7');
    registry.setSymbolCount(0);
    registry.setAdminInfo({ email: 'ops@example.org', displayName: null });
    registry.updateStatus({ startup });
    await registry.register(COINBASE);
    expect(published()).toMatchObject({
      ipAddress: '203.0.113.7',
      symbolCount: 0,
      adminEmail: 'ops@example.org',
      adminDisplayName: null,
      startup: null,
    });
    registry.setIpAddress(null);
    await clock.advance(250);
    expect(published()).toMatchObject({ ipAddress: null });
  });

  it('of its start may be less than everything, and nothing again', async () => {
    const { clock, instance, published } = registryWorld();
    const { registry } = instance();
    await registry.register(COINBASE);
    registry.updateStatus({ startup });
    await clock.advance(250);
    expect(published().startup).toEqual(startup);
    registry.updateStatus({ startup: { ...startup, item: null } });
    await clock.advance(250);
    expect(published().startup).toEqual({ ...startup, item: null });
    registry.updateStatus({
      startup: { ...startup, percent: 0 / 0, total: Infinity, phase: 'x'.repeat(1_000) },
    });
    await clock.advance(1_000);
    const { percent, total, phase } = published().startup ?? {};
    expect({ percent, total, length: phase?.length }).toEqual({ percent: 0, total: 0, length: 320 });
    registry.updateStatus({ startup: null });
    await clock.advance(250);
    expect(published().startup).toBeNull();
  });

  it('of whom to ask is what the module was given, until the application says otherwise', async () => {
    const { instance, published } = registryWorld();
    const { registry } = instance({ admin: { email: 'module@example.org' } });
    await registry.register(COINBASE);
    expect(published()).toMatchObject({ adminEmail: 'module@example.org', adminDisplayName: null });
    await registry.deregister();
    registry.setAdminInfo({ email: 'application@example.org', displayName: 'Desk' });
    await registry.register(COINBASE);
    expect(published()).toMatchObject({ adminEmail: 'application@example.org', adminDisplayName: 'Desk' });
  });

  it('with nobody to ask has nobody to ask', async () => {
    const { instance, published } = registryWorld();
    const { registry } = instance();
    registry.setAdminInfo({ email: null, displayName: 'x'.repeat(321) });
    await registry.register(COINBASE);
    expect(published()).toMatchObject({ adminEmail: null, adminDisplayName: 'x'.repeat(320) });
  });

  it('of symbols is a whole number from 0 upwards, or refused with what was given', () => {
    const { registry } = registryWorld().instance();
    expect(() => registry.setSymbolCount(1.5)).toThrow(
      'symbolCount: 1.5 is not a whole number from 0 upwards',
    );
  });

  it('of a failure is in the status, the activity log and the process log, under its claim', async () => {
    const { clock, instance, published, activity } = registryWorld();
    const { registry } = instance();
    const { claimId, fencingToken } = await registry.register(COINBASE);
    const lines = logLines();
    const failure = new Error('redis://user:secret@host is gone');
    registry.recordError(failure);
    await clock.advance(250);
    const message = 'redis://***@host is gone';
    const at = '2026-01-01T00:00:00.000Z';
    expect(registry.lastError).toEqual({ code: 'WORKLOAD_FAILED', message, at });
    expect(published()).toMatchObject({ lastError: message, lastErrorAt: at });
    expect((await activity()).at(-1)).toMatchObject({
      type: 'error',
      actor: 'system',
      cause: message,
      claimId,
      fencingToken,
    });
    expect(lines).toMatchObject([
      { level: 'error', exchange: 'coinbase', instance: registry.instanceId, state: 'idle', err: failure },
    ]);
  });

  it('of a failure without a claim is in the log of the exchange it is about, or of none', async () => {
    const { clock, instance, activity } = registryWorld();
    const { registry } = instance();
    registry.recordError(new Error('about nothing'));
    registry.recordError(new Error('about coinbase'), COINBASE);
    await clock.settle();
    expect(await activity()).toMatchObject([
      { type: 'error', cause: 'about coinbase', claimId: null, fencingToken: null },
    ]);
    expect(registry.lastError?.message).toBe('about coinbase');
  });

  it('of a lost claim is its last failure', async () => {
    const { clock, store, instance } = registryWorld();
    const { registry } = instance();
    await registry.register(COINBASE, { stopWork: () => Promise.resolve() });
    store.down = true;
    await clock.advance(30_000);
    expect(registry.lastError).toEqual({
      code: 'LEASE_LOST',
      message: expect.stringContaining('could not be renewed for 30.0 s'),
      at: '2026-01-01T00:00:30.000Z',
    });
  });

  it('of stuck work is nothing while there is none', async () => {
    const { clock, instance } = registryWorld();
    const { registry } = instance();
    const reported: unknown[] = [];
    void registry.whenStuck().finally(() => reported.push('before'));
    await registry.register(COINBASE);
    void registry.whenStuck().then((error) => reported.push(error));
    await registry.deregister();
    await clock.advance(60_000);
    expect(reported).toEqual([]);
  });

  it('of its claim before the first is none', () => {
    expect(registryWorld().instance().registry.leaseHealth).toBe('none');
  });
});
