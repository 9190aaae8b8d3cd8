/** The scripts a user calls: what they answer to a wrong argument and to a wish for help, and that a fresh checkout can run them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startApi } from '../support/api-process';
import { useCleanUp } from '../support/hooks';

const ROOT = join(__dirname, '../..');

useCleanUp();

async function run(script: string, ...args: string[]) {
  const program = await startApi({ script, args, until: 'spawned' });
  const { code } = await program.exited;
  return { code, text: program.output.text };
}

it.each(['scripts/verify.mjs', 'scripts/example.mjs'])(
  '%s says with --help how it is called',
  async (script) => {
    const { code, text } = await run(script, '--help');
    expect({ code, text }).toEqual({
      code: 0,
      text: expect.stringMatching(/^Usage: npm run .*--help +show this/s),
    });
  },
);

it.each([
  ['scripts/verify.mjs', ['--only', 'nothing'], /^--only: nothing is none of /],
  ['scripts/verify.mjs', ['--sise', 'small'], /--sise/],
  ['scripts/example.mjs', ['extra'], /extra/],
  ['scripts/example.mjs', ['--nest', '13'], /^--nest: "13" is neither 11 nor 12/],
])('%s refuses %j with 64, a message and its usage, without a stack', async (script, args, message) => {
  const { code, text } = await run(script, ...args);
  expect(code).toBe(64);
  expect(text).toMatch(message);
  expect(text).toContain('Usage: ');
  expect(text).not.toMatch(/^ +at /m);
});

it('npm start shows its help without a Redis', async () => {
  const { code, text } = await run('scripts/start.mjs', '--help');
  expect({ code, text }).toEqual({ code: 0, text: expect.stringContaining('--autostart <exchange>') });
  expect(text).not.toContain('embedded Redis');
});

describe('a script that sets up', () => {
  const scripts = ['bench', 'scripts', 'scripts/processes', 'scripts/redis', 'scripts/steps'].flatMap(
    (folder) =>
      readdirSync(join(ROOT, folder))
        .filter((name) => name.endsWith('.mjs'))
        .map((name) => join(folder, name)),
  );

  it.each(scripts)('%s needs no package and no build before that', (script) => {
    const source = readFileSync(join(ROOT, script), 'utf8');
    const imported = [...source.matchAll(/^(?:import|export)\b[^;]*?from '([^']+)'/gm)].map(
      ([, name]) => name!,
    );
    expect(imported.filter((name) => !/^(node:|\.{1,2}\/)/.test(name) || name.includes('dist/'))).toEqual([]);
  });
});
