import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commit, runProgram, sizeOf } from './command-line';

async function run(main: () => Promise<number>) {
  const write = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  const code = await new Promise<number>((end) => runProgram(main, end));
  const text = write.mock.calls.map(([line]) => String(line)).join('');
  write.mockRestore();
  return { code, text };
}

it('a program of a layer ends with the code of its run', async () => {
  expect(await run(async () => 1)).toEqual({ code: 1, text: '' });
});

it.each([
  [
    'a flag it does not know',
    async () => parseArgs({ args: ['--sise'], options: {} }),
    /^Unknown option '--sise'/,
  ],
  ['a value it cannot use', async () => sizeOf('huge'), /^--size: huge is none of slice, /],
])('answers %s with 64 and a line, without a stack', async (_, read, message) => {
  const { code, text } = await run(async () => (await read(), 0));
  expect(code).toBe(64);
  expect(text).toMatch(message);
  expect(text).not.toMatch(/^ +at /m);
});

it('ends an error of its own with 70 and the stack', async () => {
  const { code, text } = await run(async () => Promise.reject(new TypeError('a fault of the layer')));
  expect(code).toBe(70);
  expect(text).toMatch(/^TypeError: a fault of the layer\n +at /);
});

it('names the commit of the sources, and says when they differ from it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'commit-'));
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, stdio: 'ignore' });
  try {
    expect(commit(folder)).toBe('unknown');
    git('init', '--quiet');
    const author = ['-c', 'user.name=a', '-c', 'user.email=a@localhost', '-c', 'commit.gpgsign=false'];
    git(...author, 'commit', '--quiet', '--allow-empty', '--message', 'first');
    expect(commit(folder)).toMatch(/^[0-9a-f]{7,}$/);
    writeFileSync(join(folder, 'source'), 'changed');
    expect(commit(folder)).toMatch(/^[0-9a-f]{7,}\+dirty$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
