import { checkCommands as check, type AskedCommand } from './command-check';
import type { HistoryEvent } from './history';
import type { LoggedEvent } from './log-check';

const REASON = 'chaos 1';
const TIMES = { leaseTtlMs: 1_000, safetyMarginMs: 200 };
const COMMANDS = '/network/exchanges/simulator/commands';
const REVOKE = '/network/exchanges/simulator/revoke';
const asked = (status: number, path = '/control/pause', body: AskedCommand['body'] = {}): AskedCommand => ({
  path,
  reason: REASON,
  pid: 1,
  status,
  body,
  askedAt: 100,
  answeredAt: 120,
});
const checkCommands = (
  commands: readonly AskedCommand[],
  inLog: readonly LoggedEvent[],
  history: readonly HistoryEvent[],
) => check(commands, inLog, history, TIMES);
const recorded = (type: string, seq = 1, at = 10): HistoryEvent => ({
  at,
  pid: 1,
  what: 'recorded',
  instanceId: 'a',
  seq,
  type: `command-${type}`,
  cause: REASON,
});
const logged = (type: string, seq = 1): LoggedEvent => ({
  instanceId: 'a',
  seq,
  type: `command-${type}`,
  cause: REASON,
});
/** Held by process `pid`, as it can prove until 850 unless it is freed. */
const held = (pid = 1): HistoryEvent[] => [
  { at: 50, pid, what: 'claim-sent', claimId: 'c', instanceId: 'a' },
  { at: 60, pid, what: 'granted', claimId: 'c', instanceId: 'a', token: 7 },
];
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

  it('finds a refusal without a record', () => {
    const said = (hasExchange: boolean) => note('asked', 110, { cause: REASON, hasExchange });
    const refused = (path: string, ...history: HistoryEvent[]) =>
      checkCommands([asked(409, path)], [], history);
    expect(refused('/control/start')).toHaveLength(1);
    expect(refused('/control/stop', said(true))).toEqual([
      expect.stringContaining('expected to have been refused, once (at 120.0)'),
    ]);
    const event = [recorded('refused')];
    expect(checkCommands([asked(409)], [logged('refused')], [...event, said(true)])).toEqual([]);
  });

  it('excuses a refusal without a record only by an instance that has no exchange', () => {
    const said = note('asked', 110, { cause: REASON, hasExchange: false });
    const refused = (...history: HistoryEvent[]) => checkCommands([asked(409)], [], history);
    expect(refused(said)).toEqual([]);
    expect(refused(said, ...held(2))).toEqual([]);
    // Whatever it says: it holds one.
    expect(refused(said, ...held())).toHaveLength(1);
    expect(refused(said, ...held(), note('robbed', 70, { pid: 0, until: 75 }))).toEqual([]);
    expect(refused(said, ...held(), note('release-sent', 80, { claimId: 'c' }))).toEqual([]);
    const set = (at: number, ms: number, pid = 1) => note('clock-set', at, { ms, pid });
    expect(refused(said, ...held(), set(70, 1))).toEqual([]);
    expect(refused(said, ...held(), set(40, 1))).toHaveLength(1);
    expect(refused(said, ...held(), set(70, -1))).toHaveLength(1);
    expect(refused(said, ...held(), set(70, 1, 2))).toHaveLength(1);
    const at = (answeredAt: number) =>
      check([{ ...asked(409), answeredAt }], [], [said, ...held()], { ...TIMES, fastestClock: 1.25 });
    // Proven since 50, and on the fastest clock until 690.
    expect([689, 690].map((answeredAt) => at(answeredAt).length)).toEqual([1, 0]);
  });

  it('finds a failure that is not recorded as one', () => {
    const said = note('asked', 110, { cause: REASON, hasExchange: true });
    expect(checkCommands([asked(504)], [], [said])).toHaveLength(1);
    expect(checkCommands([asked(504)], [logged('failed')], [said, recorded('failed')])).toEqual([]);
  });

  it('accepts that nobody holds only where somebody may have freed the exchange', () => {
    const offline = (...history: HistoryEvent[]) => checkCommands([asked(404, COMMANDS)], [], history);
    expect(offline()).toEqual([]);
    expect(offline(...held(2))).toEqual([expect.stringContaining('expected to reach the holder')]);
    expect(offline(...held(2), note('revoked', 70, { pid: 0, until: 75 }))).toEqual([]);
    expect(offline(...held(2), note('meddled', 110, { pid: 0, until: 115 }))).toEqual([]);
    const putBack = (sentAt: number, at: number) => [
      note('robbed', 70, { pid: 0, until: 75 }),
      note('renewed', at, { pid: 2, claimId: 'c', token: 7, sentAt }),
    ];
    expect(offline(...held(2), ...putBack(80, 90))).toHaveLength(1);
    // It may have looked just before.
    expect(offline(...held(2), ...putBack(90, 110))).toEqual([]);
    expect(checkCommands([asked(404, COMMANDS)], [logged('sent')], [recorded('sent')])).toHaveLength(1);
    expect(checkCommands([asked(409, COMMANDS)], [], [])).toHaveLength(1);
  });

  it('holds a revocation against the log', () => {
    const revoked: LoggedEvent = { instanceId: 'a/revoke/1', seq: 1, type: 'revoked', cause: REASON };
    const revoke = (status: number, inLog: LoggedEvent[], ...history: HistoryEvent[]) =>
      checkCommands([asked(status, REVOKE)], inLog, history);
    expect(revoke(200, [revoked])).toEqual([]);
    expect(revoke(200, [])).toEqual([expect.stringContaining('there 0 times')]);
    expect(revoke(200, [revoked, revoked])).toHaveLength(1);
    expect(revoke(200, [], note('log-lost', 110, { until: 150 }))).toEqual([]);
    expect(revoke(200, [], note('log-lost', 130, { until: 150 }))).toHaveLength(1);
    expect(revoke(404, [revoked])).toHaveLength(1);
    expect(revoke(404, [])).toEqual([]);
    expect(revoke(503, [revoked])).toEqual([]);
  });

  it('holds the outcome of a command to the holder against its record', () => {
    const done = asked(200, COMMANDS, { outcome: 'done' });
    const events = [recorded('sent', 1), recorded('accepted', 2), recorded('failed', 3)];
    const inLog = [logged('sent', 1), logged('accepted', 2), logged('failed', 3)];
    expect(checkCommands([done], inLog, events)).toEqual([expect.stringContaining('expected to be done')]);
  });

  it('accepts that a command expired which was taken only where the queue and the log may be lost', () => {
    const [sent, taken, expired] = ['sent', 'accepted', 'expired'].map((type, at) => recorded(type, at + 1));
    const inLog = ['sent', 'accepted', 'expired'].map((type, at) => logged(type, at + 1));
    const of = (...history: (HistoryEvent | undefined)[]) =>
      checkCommands(
        [asked(410, COMMANDS)],
        inLog,
        history.filter((event) => event !== undefined),
      );
    expect(of(sent, expired)).toEqual([]);
    expect(of(sent, taken, expired)).toEqual([expect.stringContaining('expected to have expired unread')]);
    expect(of(sent, taken, expired, note('log-lost', 110, { until: 115 }))).toEqual([]);
    expect(of(sent, taken, expired, note('log-lost', 5, { until: 15 }))).toHaveLength(1);
    expect(of(sent, taken, note('log-lost', 110, { until: 115 }))).toHaveLength(1);
  });

  it('wants no record of what the API was asked too often', () => {
    const tooMany = (path: string, inLog: LoggedEvent[] = [], ...history: HistoryEvent[]) =>
      checkCommands([asked(429, path)], inLog, history);
    expect(['/control/start', COMMANDS, REVOKE].flatMap((path) => tooMany(path))).toEqual([]);
    const nowhere = [expect.stringContaining('recorded nowhere')];
    expect(tooMany('/control/start', [logged('done')], recorded('done'))).toEqual(nowhere);
    expect(tooMany(REVOKE, [{ instanceId: 'a/revoke/1', seq: 1, type: 'revoked', cause: REASON }])).toEqual(
      nowhere,
    );
  });

  it('finds what is not in the log, unless its process ended before or the data were lost', () => {
    const of = (...more: HistoryEvent[]) => checkCommands([], [], [recorded('done'), ...more]);
    expect(of()).toEqual([expect.stringContaining('is not in the activity log')]);
    expect(of(note('gone', 20))).toEqual([]);
    expect(of(note('gone', 20), note('acknowledged', 15, { instanceId: 'a', seq: 1 }))).toHaveLength(1);
    expect(of(note('ending', 15), note('gone', 20))).toHaveLength(1);
    expect(of(note('log-lost', 5, { until: 30 }))).toEqual([]);
    expect(of(note('log-lost', 5, { until: 9 }))).toHaveLength(1);
  });
});
