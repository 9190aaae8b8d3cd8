import { INITIAL_SNAPSHOT } from '../state-machine/transition';
import { machineFields, StatusDocument } from './status-document';

const AT = '2026-01-01T00:00:00.000Z';
const LATER = '2026-01-01T00:00:07.000Z';
const INSTANCE = { instanceId: 'i', hostname: 'h', pid: 7, appVersion: '1.0.0', process: null };
const PROFILE = { ipAddress: null, adminEmail: 'ops@example.org', adminDisplayName: null, symbolCount: 2 };

function document() {
  return new StatusDocument({ id: 1, name: 'coinbase' }, INSTANCE, PROFILE, 'c', AT);
}

describe('the status of a claim', () => {
  it('begins idle, with everything that does not change', () => {
    expect(document().next()).toEqual({
      schemaVersion: 2,
      ...INSTANCE,
      ...PROFILE,
      claimId: 'c',
      exchangeId: 1,
      exchangeName: 'coinbase',
      connectionState: 'idle',
      isPaused: false,
      registeredAt: AT,
      connectedAt: null,
      lastHeartbeat: AT,
      lastStateChange: AT,
      lastError: null,
      lastErrorAt: null,
      revision: 1,
      startup: null,
    });
  });

  it('grows by one revision with every version that is sent, and not by looking', () => {
    const it = document();
    it.next();
    it.patch({ symbolCount: 3 });
    it.heartbeat(LATER);
    expect(it.current()).toMatchObject({ revision: 1, symbolCount: 3, lastHeartbeat: LATER });
    expect(it.next()).toMatchObject({ revision: 2 });
  });

  it('mirrors the state machine, and keeps the time of the last change until there is one', () => {
    const it = document();
    it.mirror(INITIAL_SNAPSHOT);
    expect(it.current()).toMatchObject({ connectionState: 'idle', lastStateChange: AT });
    it.mirror({ ...INITIAL_SNAPSHOT, state: 'active', isPaused: true, changedAt: LATER, connectedAt: LATER });
    expect(it.current()).toMatchObject({
      connectionState: 'active',
      isPaused: true,
      connectedAt: LATER,
      lastStateChange: LATER,
    });
    expect(machineFields({ ...INITIAL_SNAPSHOT, changedAt: LATER }, AT).lastStateChange).toBe(LATER);
  });
});
