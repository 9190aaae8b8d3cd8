import { execFile, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { lutimes, readlink, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from '../../scripts/processes/lock.mjs';
import { waitFor } from '../support/wait-for';
import { useFolder } from './folder';

const folder = useFolder();
const { put } = folder;

describe('the lock between starts', () => {
  it('lets one in at a time', async () => {
    const path = join(folder.root, 'lock');
    const events: string[] = [];
    const turn = (name: string) =>
      withLock(path, async () => {
        events.push(`${name} in`);
        await new Promise(setImmediate);
        events.push(`${name} out`);
      });
    await Promise.all([turn('a'), turn('b')]);
    expect(events).toEqual(['a in', 'a out', 'b in', 'b out']);
  });

  it('removes the lock of a process that has died', async () => {
    const { pid } = execFile('true');
    await promisify(execFile)('ln', ['-s', String(2 ** 22 + (pid ?? 0)), join(folder.root, 'lock')]);
    expect(await withLock(join(folder.root, 'lock'), async () => 'in')).toBe('in');
  });

  it('is waited for while its holder lives, and no longer', async () => {
    const lock = join(folder.root, 'lock');
    const script = `import { withLock } from '${resolve(__dirname, '../../scripts/processes/lock.mjs')}';
      await withLock('${lock}', () => new Promise((resolve) => setTimeout(resolve, 60_000)));`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script]);
    await waitFor(() => readlink(lock).catch(() => null), { describe: 'the lock of the other process' });
    const waitedFor: number[] = [];
    const entered = withLock(
      lock,
      async () => 'in',
      (pid) => {
        waitedFor.push(pid);
        holder.kill('SIGKILL');
      },
    );
    expect(await entered).toBe('in');
    expect(waitedFor).toEqual([holder.pid]);
  });

  it('left with the process id that this process has been given is not waited for', async () => {
    const startedAt = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ')[19];
    for (const holder of [`${process.pid}`, `${process.pid}:1`, `${process.pid}:${startedAt}`]) {
      await symlink(holder, join(folder.root, 'lock'));
      expect(await withLock(join(folder.root, 'lock'), async () => 'in')).toBe('in');
    }
  });

  it('left with the process id that another program has been given is not waited for', async () => {
    const lock = join(folder.root, 'lock');
    await symlink(`${process.ppid}:1`, lock);
    expect(await withLock(lock, async () => 'in')).toBe('in');
    // As an earlier version made it, before that program began.
    await symlink(`${process.ppid}`, lock);
    await lutimes(lock, 1, 1);
    expect(await withLock(lock, async () => 'in')).toBe('in');
  });

  it('of an earlier version is waited for while its holder lives', async () => {
    const lock = join(folder.root, 'lock');
    await symlink(`${process.ppid}`, lock);
    const waitedFor: number[] = [];
    await withLock(
      lock,
      async () => undefined,
      (pid) => {
        waitedFor.push(pid);
        rmSync(lock);
      },
    );
    expect(waitedFor).toEqual([process.ppid]);
  });

  it.each([
    ['a folder that cannot be written', () => '/proc/self/lock'],
    ['a file in place of the folder', async () => join(await put('file', ''), 'lock')],
    ['a file in place of the lock', () => put('lock', '')],
  ])('says what to do where it cannot be made: %s', async (_what, placed) => {
    const refused = withLock(await placed(), async () => 'in');
    await expect(refused).rejects.toMatchObject({ name: 'SetupError', exitCode: 69 });
    await expect(refused).rejects.toThrow(/ cannot be written: E[^]*What to do: /);
  });
});
