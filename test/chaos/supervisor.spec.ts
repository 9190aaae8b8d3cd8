import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isWished, Slot, TIMES } from './supervisor';

const ended = (code: number | null, signal: NodeJS.Signals | null = null) => ({ code, signal });

describe('the end of a process', () => {
  it.each<[string, ReturnType<typeof ended>, NodeJS.Signals[], boolean]>([
    ['told to end', ended(0), ['SIGTERM'], true],
    ['told twice', ended(143), ['SIGTERM', 'SIGTERM'], true],
    ['killed', ended(null, 'SIGKILL'), ['SIGSTOP', 'SIGKILL'], true],
    ['told to end before it listened', ended(null, 'SIGTERM'), ['SIGTERM'], true],
    ['without Redis at its start', ended(69), [], true],
    ['with code 0, and nobody had told it', ended(0), ['SIGUSR2'], false],
    ['at once, having been told once', ended(143), ['SIGTERM'], false],
    ['by a signal that nobody sent', ended(null, 'SIGSEGV'), ['SIGTERM'], false],
    ['because the exchange is taken, for which a standby waits', ended(75), [], false],
    ['by a fault', ended(70), ['SIGTERM'], false],
  ])('%s: %j after %j is wished: %s', (_how, status, sent, isExpected) => {
    expect(isWished(status, sent)).toBe(isExpected);
  });
});

it('knows when the loop of a process turned last', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-'));
  try {
    const slot = new Slot({
      index: 0,
      ways: [],
      times: TIMES,
      folder,
      env: {},
      nodeArgs: [],
      restartAfterMs: () => 0,
      clockRate: () => 1,
    });
    writeFileSync(join(folder, 'tick-7'), '1234.5'.padEnd(24));
    writeFileSync(join(folder, 'tick-8'), '');
    expect([7, 8, 9].map((pid) => slot.lastTickOf(pid))).toEqual([1_234.5, null, null]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
