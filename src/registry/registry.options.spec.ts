import { compileOptions, InvalidSettingError, type RegistryModuleOptions } from './registry.options';

describe('compileOptions', () => {
  it('has the documented defaults (HB-02)', () => {
    expect(compileOptions({})).toMatchObject({
      leaseTtlMs: 45_000,
      heartbeatIntervalMs: 15_000,
      safetyMarginMs: 5_000,
      commandTimeoutMs: 3_000,
      stopTimeoutMs: 10_000,
      emptyStoreGrace: true,
      waitReplicas: 0,
      publicIp: 'off',
      watchdog: false,
    });
  });

  it('takes the fast profile of 10 s and 3 s', () => {
    expect(compileOptions({ leaseTtlMs: 10_000, heartbeatIntervalMs: 3_000 })).toMatchObject({
      safetyMarginMs: 1_111,
    });
  });

  it('cannot be changed afterwards', () => {
    expect(Object.isFrozen(compileOptions({}))).toBe(true);
  });

  it.each<[RegistryModuleOptions, string | RegExp]>([
    [{ leaseTtlMs: 499 }, 'leaseTtlMs: 499 is not a whole number of milliseconds from 500 to 86400000'],
    [{ leaseTtlMs: Number.NaN }, 'leaseTtlMs: null is not'],
    [{ leaseTtlMs: '45000' as never }, 'leaseTtlMs: "45000" is not'],
    [{ heartbeatIntervalMs: 1.5 }, 'heartbeatIntervalMs: 1.5 is not'],
    [
      { heartbeatIntervalMs: 21_000 },
      '2 * heartbeatIntervalMs + safetyMarginMs (5000 ms) must not exceed leaseTtlMs',
    ],
    [{ safetyMarginMs: 15_001 }, 'heartbeatIntervalMs: 15000 ms is too long for leaseTtlMs 45000 ms'],
    [{ commandTimeoutMs: 7_500 }, 'commandTimeoutMs: 7500 ms is too long for heartbeatIntervalMs 15000 ms'],
    [{ stopTimeoutMs: -1 }, 'stopTimeoutMs: -1 is not'],
    [{ waitReplicas: 101 }, 'waitReplicas: 101 is not a whole number of replicas from 0 to 100'],
    [{ emptyRedisGrace: 'yes' as never }, 'emptyRedisGrace: "yes" is neither "on" nor "off"'],
    [{ watchdog: true as never }, 'watchdog: true is neither "on" nor "off"'],
    [{ publicIp: '1.2.3' }, 'publicIp: "1.2.3" is neither an IP address, nor "auto", nor "off"'],
    [{ exchange: { id: 0, name: 'x' } }, 'exchange.id: 0 is not a whole number from 1 upwards'],
    [{ exchange: { id: 1, name: '' } }, 'exchange.name: "" is not a text of 1 to 320 characters'],
    [{ exchange: { id: 1, name: 'x'.repeat(321) } }, /^exchange\.name: "x{321}" is not a text of 1 to 320 /],
    [{ hostname: 7 as never }, 'hostname: 7 is not a text of 1 to 320 characters'],
    [{ appVersion: '' }, 'appVersion: "" is not a text of 1 to 320 characters'],
    [{ admin: { email: true as never } }, 'admin.email: true is not a text of 1 to 320 characters'],
    [{ admin: { displayName: {} as never } }, 'admin.displayName: {} is not a text of 1 to 320 characters'],
    [{ work: { stopWork: 'stop' as never } }, 'work.stopWork: "stop" is not a function'],
    [{ work: { stopWork: async () => {}, onStuck: 1 as never } }, 'work.onStuck: 1 is not a function'],
  ])('refuses %j by name', (options, message) => {
    expect(() => compileOptions(options)).toThrow(InvalidSettingError);
    expect(() => compileOptions(options)).toThrow(message);
  });
});
