import { FakeClock } from '../fake-clock';
import type { InstanceRegistry } from '../registry/instance-registry';
import type { LeaseStore, ReadOutcome } from '../registry/lease-store';
import { RedisProbe } from './redis-probe';

function probed(held: number | null) {
  const clock = new FakeClock();
  const asked: number[] = [];
  const read = (ids: readonly number[]) => {
    asked.push(...ids);
    return Promise.resolve([{ outcome: 'read' } as ReadOutcome]);
  };
  const registry = { lease: held === null ? null : { exchange: { id: held } } };
  const probe = new RedisProbe(
    { read } as unknown as LeaseStore,
    { commandTimeoutMs: 1_000 },
    clock,
    registry as unknown as InstanceRegistry,
  );
  return { clock, probe, asked };
}

describe('the probe of Redis', () => {
  it('asks for the exchange that is held: on Cluster another may be on another node', async () => {
    const { probe, asked } = probed(2);
    expect(await probe.check()).toBe('up');
    expect(asked).toEqual([2]);
  });

  it('asks once a second at most, for any exchange where none is held', async () => {
    const { clock, probe, asked } = probed(null);
    await Promise.all([probe.check(), probe.check()]);
    await clock.advance(999);
    await probe.check();
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    await probe.check();
    expect(asked).toHaveLength(2);
  });
});
