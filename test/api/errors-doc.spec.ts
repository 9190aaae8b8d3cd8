import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES } from '../../src/errors';

const root = join(__dirname, '../..');
const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
  .filter((file) => file !== 'errors.ts' && !file.endsWith('problem-titles.ts'))
  .map((file) => readFileSync(join(root, 'src', file), 'utf8'));

describe('docs/errors.md', () => {
  it('lists every code with its status, and no other', () => {
    const rows = [...page.matchAll(/^\| `(?<code>[A-Z_]+)`\s*\|\s*(?<status>\d{3})\s*\|/gm)];
    const documented = Object.fromEntries(rows.map(({ groups }) => [groups!.code, Number(groups!.status)]));
    expect(documented).toEqual(ERROR_CODES);
  });

  it('has a sentence on what to do about each', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    for (const row of rows)
      expect(
        row
          .split('|')
          .map((cell) => cell.trim())
          .filter(Boolean),
      ).toHaveLength(4);
  });
});

describe('every error code', () => {
  it.each(Object.keys(ERROR_CODES))('%s is that of an error somewhere in src', (code) => {
    expect(sources.some((source) => source.includes(`'${code}'`))).toBe(true);
  });

  it('belongs to a class that is thrown somewhere, where it has one', () => {
    const all = sources.join('\n');
    const classes = [...all.matchAll(/class (?<name>\w+) extends ExchangeError\b/g)];
    const unused = classes.map(({ groups }) => groups!.name!).filter((name) => !all.includes(`new ${name}(`));
    expect(unused).toEqual([]);
  });
});
