import { checkCommands, type AskedCommand, type LoggedCommand } from './command-check';
import type { HistoryEvent } from './history';

const REASON = 'chaos 1';
const asked = (status: number, path = '/control/pause', body: AskedCommand['body'] = {}): AskedCommand => ({
  path,
  reason: REASON,
  pid: 1,
  status,
  body,
});
const recorded = (type: string, seq = 1, at = 10): HistoryEvent => ({
  at,
  pid: 1,
  what: 'recorded',
  instanceId: 'a',
  seq,
  type: `command-${type}`,
  cause: REASON,
});
const logged = (type: string, seq = 1): LoggedCommand => ({ instanceId: 'a', seq, type: `command-${type}` });
const note = (what: HistoryEvent['what'], at: number, more: Partial<HistoryEvent> = {}): HistoryEvent => ({
  at,
  pid: 1,
  what,
  ...more,
});

describe('the check of commands', () => {
  it('accepts a command that was done, recorded and logged once', () => {
    expect(checkCommands([asked(200)], [logged('done')], [recorded('done')])).toEqual([]);
  });

  it.each([
    ['nowhere', []],
    ['twice', ['done', 'done']],
    ['as refused', ['refused']],
  ])('finds one that was answered as done, but is recorded %s', (_how, types) => {
    const events = types.map((type, at) => recorded(type, at + 1));
    const inLog = types.map((type, at) => logged(type, at + 1));
    expect(checkCommands([asked(200)], inLog, events)).toEqual([
      expect.stringContaining('expected to be done, once'),
    ]);
  });

  it('finds a refusal without a record, but for one where no exchange was asked for', () => {
    expect(checkCommands([asked(409, '/control/start')], [], [])).toHaveLength(1);
    expect(checkCommands([asked(409, '/control/stop')], [], [])).toEqual([]);
  });

  it('holds the outcome of a command to the holder against its record', () => {
    const done = asked(200, '/network/exchanges/simulator/commands', { outcome: 'done' });
    const events = [recorded('sent', 1), recorded('accepted', 2), recorded('failed', 3)];
    const inLog = [logged('sent', 1), logged('accepted', 2), logged('failed', 3)];
    expect(checkCommands([done], inLog, events)).toEqual([expect.stringContaining('expected to be done')]);
  });

  it('finds what is not in the log, unless its process ended before or the data were lost', () => {
    const check = (...more: HistoryEvent[]) => checkCommands([], [], [recorded('done'), ...more]);
    expect(check()).toEqual([expect.stringContaining('is not in the activity log')]);
    expect(check(note('gone', 20))).toEqual([]);
    expect(check(note('gone', 20), note('acknowledged', 15, { instanceId: 'a', seq: 1 }))).toHaveLength(1);
    expect(check(note('ending', 15), note('gone', 20))).toHaveLength(1);
    expect(check(note('log-lost', 5, { until: 30 }))).toEqual([]);
    expect(check(note('log-lost', 5, { until: 9 }))).toHaveLength(1);
  });
});
