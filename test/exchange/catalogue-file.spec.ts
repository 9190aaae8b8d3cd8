import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { loadCatalogue, MAX_CATALOGUE_BYTES } from '../../src/exchange/catalogue.loader';
import { InvalidCatalogueError } from '../../src/exchange/catalogue.errors';

function refusalOf(path: string): InvalidCatalogueError {
  try {
    loadCatalogue(path);
  } catch (error) {
    if (error instanceof InvalidCatalogueError) return error;
  }
  throw new Error('was not refused');
}

describe('the catalogue file', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'catalogue-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function fileWith(text: string): string {
    const path = join(folder, 'exchanges.json');
    writeFileSync(path, text);
    return path;
  }

  it('is not needed: without one the built-in exchanges are known', () => {
    expect(loadCatalogue(undefined).entries.map((entry) => [entry.id, entry.name])).toEqual([
      [1, 'coinbase'],
      [2, 'simulator'],
    ]);
  });

  it('replaces the built-in exchanges', () => {
    const path = fileWith(JSON.stringify(loadCatalogue(undefined).entries.slice(1)));
    expect(loadCatalogue(path).entries.map((entry) => entry.name)).toEqual(['simulator']);
  });

  it('may begin with a byte order mark', () => {
    const path = fileWith(`\uFEFF${JSON.stringify(loadCatalogue(undefined).entries)}`);
    expect(loadCatalogue(path).entries).toHaveLength(2);
  });

  it('is named in the refusal when it is missing', () => {
    const path = join(folder, 'missing.json');
    expect(refusalOf(path)).toMatchObject({ code: 'INVALID_CATALOGUE', file: path });
    expect(refusalOf(path).message).toMatch(/missing\.json cannot be used: the file is unreadable .*ENOENT/);
  });

  it('must be a file and not a folder or a pipe', () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(refusalOf(folder).message).toContain('not a regular file');
    expect(refusalOf(pipe).message).toContain('not a regular file');
  });

  it('must be JSON', () => {
    expect(refusalOf(fileWith('id: 1')).message).toContain('not JSON');
    expect(refusalOf(fileWith('')).message).toContain('not JSON');
  });

  it.each([
    ['a missing comma', '[\n{"restUrl": "https://u:hunter2@h" "wsUrl": 1}]', 2],
    ['a missing quote', '[\n\n{"restUrl": https://u:hunter2@h}]', 3],
    ['a quote too many', '[{"restUrl": "https://u:"hunter2@h"}]', 1],
    ['an end too early', '[\n{"restUrl": "https://u:hunter2@h"\n\n', 4],
  ])('names the line of %s, and repeats nothing of it', (_what, text, line) => {
    const { message } = refusalOf(fileWith(text));
    expect(message).toMatch(new RegExp(`not JSON \\([^)]*, near line ${line}\\)`));
    // Node 22 and later name the line too, in the fault itself.
    expect(message.match(/line \d/g)).toHaveLength(1);
    expect(message).not.toMatch(/u:|hunt/);
  });

  it('must not be larger than a catalogue can be', () => {
    expect(refusalOf(fileWith(' '.repeat(MAX_CATALOGUE_BYTES + 1))).message).toContain('1048577 bytes');
  });

  it('must be readable', () => {
    const path = fileWith('[]');
    chmodSync(path, 0o000);
    // Root may read it all the same, and then finds an empty list.
    expect(refusalOf(path).message).toMatch(/EACCES|a list of 1 to/);
  });
});
