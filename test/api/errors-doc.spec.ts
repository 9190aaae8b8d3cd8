import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES } from '../../src/errors';

const root = join(__dirname, '../..');
const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');

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
