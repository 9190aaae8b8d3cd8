/** What docs/settings.md says of a catalogue file, held to the schema. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCatalogue } from '../../src/exchange/catalogue.schema';

const page = readFileSync(join(__dirname, '../../docs/settings.md'), 'utf8');
const section = page.slice(page.indexOf('\n## EXCHANGES_FILE\n'), page.indexOf('\n## Exit codes\n'));

describe('docs/settings.md, EXCHANGES_FILE', () => {
  it('lists every field with its accepted form, and no other', () => {
    const documented = section
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .map(([, field, accepted]) => [field!.replaceAll('`', ''), accepted]);
    // An entry without any field is told the form of each.
    const reading = readCatalogue([{}]);
    const problems = reading.kind === 'invalid' ? reading.problems : [];
    expect(Object.fromEntries(documented)).toEqual(
      Object.fromEntries(problems.map(({ field, accepted }) => [field, accepted])),
    );
  });

  it('has an example that can be used', () => {
    const example = /```json\n(?<json>[^`]+)```/.exec(section)?.groups?.json ?? '';
    expect(readCatalogue(JSON.parse(example))).toMatchObject({
      kind: 'valid',
      entries: [{ id: 1 }, { id: 2 }],
    });
  });
});
