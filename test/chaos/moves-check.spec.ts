import type { HistoryEvent } from './history';
import type { LoggedEvent } from './log-check';
import { checkMoves, type Life } from './moves-check';

const MOVES = ['idle>starting', 'starting>warming', 'warming>active'];
const END = ['active>stopping', 'stopping>stopped', 'stopped>idle'];

/** An instance of process 1 that makes its moves one after the other, from 100 on, every 10 ms. */
const life = (moves: readonly string[], isWhole = true): Life => ({
  pid: 1,
  instanceId: 'a',
  moves,
  isWhole,
});
const note = (what: HistoryEvent['what'], at: number, more: Partial<HistoryEvent> = {}): HistoryEvent => ({
  at,
  pid: 1,
  what,
  ...more,
});
const given = (moves: readonly string[]): HistoryEvent[] =>
  moves.map((move, at) =>
    note('recorded', 100 + 10 * at, { instanceId: 'a', seq: at + 1, type: 'transition', cause: '', move }),
  );
const inLog = (moves: readonly (string | null)[]): LoggedEvent[] =>
  moves.flatMap((move, at) =>
    move === null ? [] : [{ instanceId: 'a', seq: at + 1, type: 'transition', cause: '', move }],
  );
const ENDING = note('ending', 1_000, { pid: 0 });
const gone = (at: number) => note('gone', at);
const heard = (seq: number, at: number) => note('acknowledged', at, { instanceId: 'a', seq });
const lost = (at: number, until: number) => note('log-lost', at, { pid: 0, until });

const check = (printed: Life, logged: readonly LoggedEvent[], ...history: HistoryEvent[]) =>
  checkMoves([printed], logged, [...given(MOVES), ENDING, ...history]);

describe('the check of moves', () => {
  it('accepts a log that has what the process has printed', () => {
    expect(check(life(MOVES), inLog(MOVES), gone(1_010))).toEqual([]);
  });

  it('finds a move that was printed and not given to the journal, one that was given and not printed, and another order', () => {
    expect(check(life([...MOVES, 'active>stopping']), inLog(MOVES))).toHaveLength(1);
    expect(check(life(MOVES.slice(0, 2)), inLog(MOVES))).toHaveLength(1);
    expect(check(life(MOVES.toReversed()), inLog(MOVES))).toHaveLength(1);
  });

  it('lets the last moves of a killed process be missing on either side', () => {
    expect(check(life(MOVES.slice(0, 2), false), inLog(MOVES))).toEqual([]);
    expect(check(life([...MOVES, 'active>stopping'], false), inLog(MOVES))).toEqual([]);
    expect(check(life(['starting>warming'], false), inLog(MOVES))).toHaveLength(1);
  });

  it('finds a move in the log that is not of the process, or under another number', () => {
    expect(check(life(MOVES), inLog([...MOVES, 'active>stopping']))).toHaveLength(1);
    expect(check(life(MOVES), inLog([MOVES[0]!, MOVES[2]!, MOVES[2]!]))).toHaveLength(2);
  });

  it('finds a move that is missing in the log of a process that lives, or that has heard of it', () => {
    expect(check(life(MOVES), inLog([MOVES[0]!, null, MOVES[2]!]))).toEqual([
      expect.stringContaining('the move starting>warming of process 1, its event 2, is not in the activity'),
    ]);
    expect(check(life(MOVES), inLog(MOVES.slice(0, 2)), heard(3, 200), gone(300))).toHaveLength(1);
  });

  it('excuses what a process that ended before the end never heard of', () => {
    expect(check(life(MOVES), inLog(MOVES.slice(0, 1)), heard(1, 150), gone(300))).toEqual([]);
  });

  it('lets the steps of the end be missing in the log, and no more than those', () => {
    const whole = [...MOVES, ...END];
    const of = (logged: readonly string[]) =>
      checkMoves([life(whole)], inLog(logged), [...given(whole), ENDING, gone(1_100)]);
    expect(of(MOVES)).toEqual([]);
    expect(of(MOVES.slice(0, 2))).toHaveLength(1);
  });

  it('finds a claim, its end or an error that the log lacks, and takes a release for lost that nobody answered', () => {
    const other = (type: string, seq: number) => ({ instanceId: 'a', seq, type, cause: '' });
    const released = note('recorded', 200, other('released', 4));
    const of = (logged: readonly LoggedEvent[], ...history: HistoryEvent[]) =>
      check(life(MOVES), [...inLog(MOVES), ...logged], released, ...history);
    expect(of([other('released', 4)])).toEqual([]);
    expect(of([other('lost', 4)])).toEqual([]);
    expect(of([other('error', 4)])).toEqual([
      expect.stringContaining('the event released of process 1, its event 4, is not in the activity log'),
    ]);
    expect(of([], heard(4, 250), gone(300))).toHaveLength(1);
    expect(of([], gone(1_100))).toEqual([]);
    expect(of([], note('withdrawn', 210, { instanceId: 'a', seq: 4 }))).toEqual([]);
  });

  it('does not ask for a step that was withdrawn, and accepts it in the log', () => {
    const withdrawn = note('withdrawn', 125, { instanceId: 'a', seq: 3 });
    expect(check(life(MOVES.slice(0, 2)), inLog(MOVES.slice(0, 2)), withdrawn)).toEqual([]);
    expect(check(life(MOVES.slice(0, 2)), inLog(MOVES), withdrawn)).toEqual([]);
  });

  it('excuses what was recorded before the data were lost and had not been looked at', () => {
    expect(check(life(MOVES), inLog([null, null, MOVES[2]!]), lost(90, 115))).toEqual([]);
    // Written some time after its record: it may have been lost as well.
    expect(check(life(MOVES), [], lost(90, 300))).toEqual([]);
  });

  it('excuses nothing after the last loss, and nothing that was acknowledged before the log was looked at', () => {
    expect(check(life(MOVES), [], lost(50, 99))).toHaveLength(3);
    expect(check(life(MOVES), [], heard(2, 130), lost(140, 150))).toEqual([
      expect.stringContaining('its event 1,'),
      expect.stringContaining('its event 2,'),
    ]);
  });
});
