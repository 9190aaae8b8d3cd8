import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FAULT_MATRIX } from './fault-matrix';
import { PROFILES } from './profiles';

describe('the matrix of faults', () => {
  it('has every kind of every profile, once', () => {
    const kinds = Object.values(PROFILES).flatMap(({ weights }) => Object.keys(weights));
    expect(Object.values(FAULT_MATRIX).flat().toSorted()).toEqual([...new Set(kinds)].toSorted());
  });

  it('is written down, with a bound and what was measured for each', () => {
    const text = readFileSync(join(__dirname, '../../docs/reliability.md'), 'utf8');
    const [, section = ''] = text.split('## Faults and their bounds');
    const rows = section.split('\n').filter((line) => line.startsWith('| '));
    for (const fault of Object.keys(FAULT_MATRIX)) {
      const row = rows.find((line) => line.startsWith(`| ${fault} `)) ?? '';
      const [, , promise, ...measured] = row.split('|').map((cell) => cell.trim());
      expect({ fault, promise }).toEqual({ fault, promise: expect.stringMatching(/\w{3}/) });
      expect({ fault, measured: measured.slice(0, 3) }).toEqual({
        fault,
        measured: [1, 2, 3].map(() => expect.stringMatching(/^(?:[\d,]+ ms|[\d.]+ s|none)$/)),
      });
    }
  });
});
