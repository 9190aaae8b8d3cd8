import type { HistoryEvent } from './history';
import { checkMoves, type Life } from './moves-check';

const MOVES = ['idle>starting', 'starting>warming', 'warming>active'];
const life = (moves: readonly string[], isWhole = true): Life => ({
  pid: 1,
  instanceId: 'a',
  moves,
  isWhole,
});
const END: HistoryEvent[] = [
  { at: 10, pid: 0, what: 'ending' },
  { at: 20, pid: 1, what: 'gone' },
];
const check = (printed: Life, logged: readonly string[], history = END) =>
  checkMoves([printed], new Map([['a', logged]]), history);

describe('the check of moves', () => {
  it('accepts a log that has what the process has printed', () => {
    expect(check(life(MOVES), MOVES)).toEqual([]);
  });

  it('finds a move that is missing, one that is not of the process, and another order', () => {
    expect(check(life([...MOVES, ...MOVES]), MOVES.slice(0, 2))).toHaveLength(1);
    expect(check(life([...MOVES, ...MOVES]), [...MOVES, ...MOVES.slice(1)])).toHaveLength(1);
    expect(check(life(MOVES), [...MOVES, 'active>stopping'])).toHaveLength(1);
    expect(check(life(MOVES), MOVES.toReversed())).toHaveLength(1);
  });

  it('lets the last moves of a killed process be missing on either side', () => {
    expect(check(life(MOVES, false), MOVES.slice(0, 2))).toEqual([]);
    expect(check(life(MOVES.slice(0, 2), false), MOVES)).toEqual([]);
    expect(check(life(MOVES, false), ['starting>idle'])).toHaveLength(1);
  });

  it('lets the steps of the end be missing in the log', () => {
    const end = ['active>stopping', 'stopping>stopped', 'stopped>idle'];
    expect(check(life([...MOVES, ...end]), MOVES)).toEqual([]);
  });

  it('lets moves be missing in a log that was lost', () => {
    expect(check(life(MOVES), MOVES.slice(1), [...END, { at: 1, pid: 0, what: 'log-lost' }])).toEqual([]);
  });
});
