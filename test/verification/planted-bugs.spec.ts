/** The planted bugs: who is to find each, what `npm run verify` makes of it, and what the docs say of it. */
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { judgeBugs, readExpectedBugs } from '../../scripts/steps/judge-bugs.mjs';
import { LAYERS } from '../../scripts/steps/layers.mjs';
import { MUTANTS } from '../model/searches';
import { SCHEDULED_BUGS } from '../schedule/planted-bugs';
import { SIMULATED_BUGS } from '../simulation/planted-bugs';
import type { Layer } from './layer-report';
import { PLANTED_BUGS, type ExpectedBug } from './planted-bugs';

const ROOT = resolve(__dirname, '../..');
const ALL: Readonly<Record<string, ExpectedBug>> = PLANTED_BUGS;

describe('the verdict on planted bugs', () => {
  const TWO: Readonly<Record<string, ExpectedBug>> = {
    plain: { title: 'Plain', foundBy: ['model', 'simulation'] },
    rare: { title: 'Rare', foundBy: ['schedule'], atTimes: ['chaos'] },
  };
  const found = {
    model: { plain: 'by model' },
    simulation: { plain: 'by simulation' },
    schedule: { rare: 'it' },
  };

  function judge(
    told: Readonly<Record<string, Record<string, string | null>>>,
    ran: readonly string[] = LAYERS,
  ) {
    return judgeBugs(TWO, ran, new Map(Object.entries(told).map(([layer, bugs]) => [layer, { bugs }])));
  }

  it('passes when every layer has found what it is to find, whatever one does that needs luck', () => {
    expect(judge({ ...found, chaos: { rare: null } })).toEqual({
      passed: 2,
      failed: 0,
      lines: [
        'plain: found by model (by model); simulation (by simulation)',
        'rare: found by schedule (it); not by chaos',
      ],
    });
  });

  it('fails when one of them has missed it, although another has found it', () => {
    const { passed, failed, lines } = judge({ ...found, model: { plain: null }, chaos: {} });
    expect({ passed, failed }).toEqual({ passed: 1, failed: 1 });
    expect(lines[0]).toBe('plain: found by simulation (by simulation); MISSED by model');
  });

  it('fails when one of them has not tried it, or told nothing at all', () => {
    expect(judge({ ...found, model: {}, chaos: {} })).toMatchObject({ passed: 1, failed: 1 });
    expect(judge({ model: found.model, schedule: found.schedule })).toMatchObject({ passed: 1, failed: 1 });
    expect(judge({})).toMatchObject({ passed: 0, failed: 2 });
  });

  it('fails for a bug that no layer catches, also where none is demanded to', () => {
    const lucky = { rare: { title: 'Rare', foundBy: [], atTimes: ['chaos'] as const } };
    const told = new Map(LAYERS.map((layer) => [layer, { bugs: { rare: null } }]));
    expect(judgeBugs(lucky, LAYERS, told)).toMatchObject({
      failed: 1,
      lines: [expect.stringContaining('NO LAYER')],
    });
  });

  it('of one layer alone demands what that layer is to find, and nothing else', () => {
    expect(judge({ model: found.model }, ['model'])).toMatchObject({ passed: 1, failed: 0 });
    expect(judge({ model: { plain: null } }, ['model'])).toMatchObject({ passed: 0, failed: 1 });
    expect(judge({ chaos: { rare: null } }, ['chaos'])).toMatchObject({ passed: 0, failed: 0 });
  });

  it('is given the list that the layers use', () => {
    expect(readExpectedBugs(ROOT)).toEqual(PLANTED_BUGS);
  });
});

describe('the list of planted bugs', () => {
  it.each([
    ['model', MUTANTS],
    ['simulation', SIMULATED_BUGS],
    ['schedule', SCHEDULED_BUGS],
  ] as const)('names the layer %s where it plants one', (layer, planted) => {
    const expected = Object.entries(ALL).filter(([, { foundBy }]) => foundBy.includes(layer));
    expect(Object.keys(planted).toSorted()).toEqual(expected.map(([bug]) => bug).toSorted());
  });

  it('is the table of docs/reliability.md', () => {
    const section = readFileSync(join(ROOT, 'docs/reliability.md'), 'utf8').split('## Planted bugs')[1] ?? '';
    const [header = [], , ...rows] = [...(section.split('\n## ')[0] ?? '').matchAll(/^\|(.*)\|$/gm)].map(
      ([, cells = '']) => cells.split('|').map((cell) => cell.trim()),
    );
    const layers = header.slice(1).map((name) => name.toLowerCase() as Layer);
    expect(layers.toSorted()).toEqual(LAYERS.toSorted());
    const inDocs = rows.map(([title = '', ...cells]) => {
      const having = (wanted: (cell: string) => boolean) => layers.filter((_, at) => wanted(cells[at] ?? ''));
      return {
        title,
        foundBy: having((cell) => cell !== '-' && cell !== 'at times'),
        atTimes: having((cell) => cell === 'at times'),
      };
    });
    const listed = Object.values(ALL).map(({ title, foundBy, atTimes = [] }) => ({
      title,
      foundBy,
      atTimes,
    }));
    expect(inDocs).toEqual(listed);
  });
});
