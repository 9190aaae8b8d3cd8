import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHistory } from './history';

it('a history is that of every process, in the order of time, without the half line of one that was killed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-'));
  writeFileSync(join(folder, 'history-7.jsonl'), '{"at":2,"pid":7,"what":"act"}\n{"at":3,"pi');
  writeFileSync(join(folder, 'history-8.jsonl'), '{"at":1,"pid":8,"what":"act"}\n');
  writeFileSync(join(folder, 'orders-7.jsonl'), '{"id":1}\n');
  expect(readHistory(folder)).toEqual([
    { at: 1, pid: 8, what: 'act' },
    { at: 2, pid: 7, what: 'act' },
  ]);
  rmSync(folder, { recursive: true });
});
