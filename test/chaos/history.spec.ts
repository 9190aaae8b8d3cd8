import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHistory, takeFolder } from './history';

describe('the folder of a run', () => {
  let parent: string;
  beforeEach(() => (parent = mkdtempSync(join(tmpdir(), 'chaos-'))));
  afterEach(() => rmSync(parent, { recursive: true }));

  it('is emptied, and cannot be taken again before it is given back', () => {
    const folder = join(parent, 'standard-1');
    const leave = takeFolder(folder);
    writeFileSync(join(folder, 'history-7.jsonl'), '{"at":1,"pid":7,"what":"act"}\n{"at":2,"pi');
    expect(() => takeFolder(folder)).toThrow(`process ${process.pid} is running chaos in ${folder}`);
    expect(readHistory(folder)).toEqual([{ at: 1, pid: 7, what: 'act' }]);
    leave();
    takeFolder(folder)();
    expect(readHistory(folder)).toEqual([]);
  });

  it('is taken over from a run that is dead', () => {
    writeFileSync(join(parent, 'run.pid'), '999999999');
    takeFolder(parent);
    expect(existsSync(join(parent, 'run.pid'))).toBe(true);
  });
});
