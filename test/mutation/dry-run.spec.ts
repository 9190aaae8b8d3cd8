/** Mutation testing runs the fast specs without jest: what it has not shows here, and not only at the next `npm run mutate`. */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(__dirname, '../..');

describe('the specs of npm run mutate', () => {
  it('pass in one process, without jest', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['test/mutation/dry-run.mjs'], {
      cwd: ROOT,
    });
    const { tests, failed } = JSON.parse(stdout) as { tests: number; failed: unknown[] };
    expect(failed).toEqual([]);
    expect(tests).toBeGreaterThan(500);
  });
});
