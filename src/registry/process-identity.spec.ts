import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pid } from 'node:process';
import { statusOf } from '../../test/registry-store/contract/requests';
import type { StatusReading } from './exchange-status';
import { isProvenDead, LINUX_PROCESSES } from './process-identity';

describe('the processes of this machine', () => {
  it('know this process by boot, pid namespace and start time', () => {
    expect(LINUX_PROCESSES.own()).toEqual({
      bootId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      pidNamespace: expect.stringMatching(/^pid:\[\d+\]$/),
      startTicks: LINUX_PROCESSES.startTicksOf(pid),
    });
  });

  it('tell a living child from a dead one', async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const childPid = child.pid ?? 0;
    expect(LINUX_PROCESSES.startTicksOf(childPid)).toMatch(/^\d+$/);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(LINUX_PROCESSES.startTicksOf(childPid)).toBeNull();
  });

  it('count a process of another user as existing', () => {
    expect(LINUX_PROCESSES.startTicksOf(1)).toMatch(/^\d+$/);
  });
});

describe('a holder on this host', () => {
  const identity = { bootId: 'b', pidNamespace: 'pid:[1]', startTicks: '100' };
  const reading = (over = {}): StatusReading => ({
    kind: 'status',
    status: statusOf('a1', { hostname: 'h', pid: 7, process: identity, ...over }),
  });
  const proven = (
    holder: StatusReading,
    own: typeof identity | null = identity,
    ticks: string | null = null,
  ) => isProvenDead(holder, { hostname: 'h', processes: { own: () => own, startTicksOf: () => ticks } });

  it('is proven dead when its process is gone, or another one has its number', () => {
    expect(proven(reading())).toBe(true);
    expect(proven(reading(), identity, '101')).toBe(true);
    expect(proven(reading(), identity, '100')).toBe(false);
  });

  it('is asked for by its own number', () => {
    const asked: number[] = [];
    const startTicksOf = (theirs: number) => {
      asked.push(theirs);
      return '100';
    };
    isProvenDead(reading(), { hostname: 'h', processes: { own: () => identity, startTicksOf } });
    expect(asked).toEqual([7]);
  });

  it.each<[string, StatusReading, typeof identity | null]>([
    ['this platform does not tell', reading(), null],
    ['its platform did not tell', reading({ process: null }), identity],
    ['neither platform tells', reading({ process: null }), null],
    ['its host is another', reading({ hostname: 'other' }), identity],
    [
      'it is of another program',
      { kind: 'partial', holder: { instanceId: 'x', pid: 7, process: identity } },
      identity,
    ],
    ['it is garbage', { kind: 'garbage', problem: 'a list' }, identity],
  ])('is not proven dead when %s', (_why, holder, own) => {
    expect(proven(holder, own)).toBe(false);
  });
});
