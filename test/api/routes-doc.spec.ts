/** The tables of docs/routes.md about entries of the activity log and the five-word view, held to the code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { activityEventSchema, ActivityType, PredecessorEnd } from '../../src/registry/activity';
import { CONNECTION_STATES } from '../../src/state-machine/connection-state';
import { NO_FACTS, toRuntimeState } from '../../src/state-machine/legacy-state';
import { INITIAL_SNAPSHOT } from '../../src/state-machine/transition';

const page = readFileSync(join(__dirname, '../../docs/routes.md'), 'utf8');

/** The first cells, without their backticks, of the first table after `heading` whose head begins with `head`. */
function firstCells(heading: string, head: string): string[] {
  const lines = page.slice(page.indexOf(`\n## ${heading}\n`)).split('\n');
  const from = lines.findIndex((line) => line.startsWith(`| ${head} `));
  const rows = lines.slice(from + 2);
  return rows
    .slice(
      0,
      rows.findIndex((line) => !line.startsWith('|')),
    )
    .map((line) => line.split('|')[1]!.trim().replaceAll('`', ''));
}

/** Every word in backticks in the line that begins with `start`. */
function words(start: string): string[] {
  const line = page.split('\n').find((each) => each.startsWith(start)) ?? '';
  return [...line.matchAll(/`(?<word>[a-z]+)`/g)].map(({ groups }) => groups!.word!);
}

describe('docs/routes.md, the activity log', () => {
  it('lists every field of an entry, and no other', () => {
    const existing = [...Object.keys(activityEventSchema.shape), 'id', 'predecessor'];
    expect(firstCells('The activity log', 'Field').sort()).toEqual(existing.sort());
  });

  it('lists every type, and no other', () => {
    expect(firstCells('The activity log', 'Type')).toEqual(Object.values(ActivityType));
  });

  it('lists how the claim before may have ended', () => {
    expect(words('`ended` is').slice(1).sort()).toEqual(Object.values(PredecessorEnd).sort());
  });
});

describe('docs/routes.md, the five-word view', () => {
  const failure = { message: 'feed refused', at: '2026-01-01T00:00:00.000Z' };
  const shown = CONNECTION_STATES.flatMap((state) =>
    [true, false].flatMap((flag) =>
      [null, failure].map((failed) =>
        toRuntimeState(
          { ...INITIAL_SNAPSHOT, state, isPaused: flag && state === 'active', failure: failed },
          { ...NO_FACTS, isStandby: flag },
        ),
      ),
    ),
  );

  it('lists every field, and no other', () => {
    expect(firstCells('This instance', 'Field').sort()).toEqual(Object.keys(shown[0]!).sort());
  });

  it.each([
    ['| `mode` ', 'mode'],
    ['| `connectionState` ', 'connectionState'],
  ] as const)('names every value in the row %s', (row, field) => {
    const documented = new Set(words(row).filter((word) => word !== field));
    expect(documented).toEqual(new Set(shown.map((each) => each[field])));
  });
});
