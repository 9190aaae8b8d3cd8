import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pid } from 'node:process';
import { LINUX_PROCESSES } from './process-identity';

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
