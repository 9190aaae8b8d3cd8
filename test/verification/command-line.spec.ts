import { parseArgs } from 'node:util';
import { runProgram, sizeOf } from './command-line';

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
