import type { ConnectionState } from './connection-state';
import { NO_FACTS, toLegacyState, toRuntimeState } from './legacy-state';
import { INITIAL_SNAPSHOT } from './transition';

describe('the view of the existing ControlPanel', () => {
  it.each([
    ['idle', 'idle'],
    ['starting', 'connecting'],
    ['warming', 'connecting'],
    ['active', 'connected'],
    ['stopping', 'disconnected'],
    ['stopped', 'disconnected'],
  ] as const)('calls %s %s', (state: ConnectionState, legacy) => {
    expect(toLegacyState({ state, failure: null })).toBe(legacy);
  });

  it('shows a failed run as error once it rests', () => {
    const failure = { message: 'gone', at: '2026-01-01T00:00:00.000Z' };
    expect(toLegacyState({ state: 'idle', failure })).toBe('error');
    expect(toLegacyState({ state: 'stopping', failure })).toBe('disconnected');
  });

  it('has exactly the fields the panel reads', () => {
    expect(toRuntimeState(INITIAL_SNAPSHOT, NO_FACTS)).toEqual({
      isPaused: false,
      mode: 'idle',
      startTime: null,
      exchangeConnected: false,
      connectionState: 'idle',
      connectionError: null,
      connectionStateChangedAt: null,
      queueDepth: 0,
      startup: null,
    });
  });

  it.each([
    ['standby', { state: 'idle', isPaused: false }, true],
    ['running', { state: 'warming', isPaused: false }, false],
    ['paused', { state: 'active', isPaused: true }, false],
  ] as const)('tells the mode %s', (mode, snapshot, isStandby) => {
    const facts = { ...NO_FACTS, isStandby };
    expect(toRuntimeState({ ...INITIAL_SNAPSHOT, ...snapshot }, facts).mode).toBe(mode);
  });
});
