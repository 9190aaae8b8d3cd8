import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETTINGS } from '../../src/app.settings';
import { ExitCode } from '../../src/process-exit';

const page = readFileSync(join(__dirname, '../../docs/settings.md'), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe('docs/settings.md', () => {
  it('lists every setting with its accepted form and what holds without it, and no other', () => {
    const documented = rows.filter(([name]) => /^`[A-Z_]+`$/.test(name!)).map((row) => row.slice(0, 3));
    const existing = Object.entries(SETTINGS).map(([name, setting]) => [
      `\`${name}\``,
      setting.accepted,
      setting.standard,
    ]);
    expect(documented).toEqual(existing);
  });

  it('lists every exit code', () => {
    const documented = rows.filter(([code]) => /^\d+$/.test(code!)).map(([code]) => Number(code));
    expect(documented).toEqual(Object.values(ExitCode));
  });
});
